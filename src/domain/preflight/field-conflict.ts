import { errorMessage, UserError } from '../core/errors.ts'
import type { Diagnosis } from '../rollout/diagnosis.ts'

/** Fields of one object that another manager has set, so that Helm 4 did not change them (server-side apply). */
export interface Conflict {
  /** As Helm names it: `ml/digits, Deployment`; empty: not named. */
  object: string
  owners: readonly { owner: string; fields: readonly string[] }[]
}

/** Owners, and fields of an owner, that a message lists. */
const MAX_LISTED = 5

/**
 * Parses the API server's conflict, which Helm 4 repeats, with one line or a list of fields for each owner:
 * `conflict with "kube-controller-manager" with subresource "scale" using apps/v1: .spec.replicas`. Undefined: no
 * conflict.
 */
export function parseConflict(message: string): Conflict | undefined {
  const at = message.lastIndexOf('Apply failed with ')
  if (at < 0) return undefined
  const [, name, kind] = / applying object (\S{1,400}) \S{1,200}, Kind=(\w{1,100})/.exec(message) ?? []
  const parts = message.slice(at).split(/\bconflicts? with "/)
  const owners = parts.slice(1, MAX_LISTED + 1).map((part) => ({
    owner: part.slice(0, Math.max(0, part.indexOf('"'))).slice(0, 100),
    fields: [...part.matchAll(/(?:^- |: |\n- )(\.\S{1,200})/gm)]
      .slice(0, MAX_LISTED)
      .map(([, field = '']) => field),
  }))
  return owners.length > 0 ? { object: name ? `${name}, ${kind}` : '', owners } : undefined
}

/** Helm 4 would have to overwrite fields of another manager. */
export class FieldConflictError extends UserError {
  constructor(release: string, { object, owners }: Conflict) {
    const fields = owners.map(
      ({ owner, fields }) => `${fields.join(', ') || 'a field'} (set by ${JSON.stringify(owner)})`,
    )
    super(
      `Helm does not overwrite fields of other managers in release ${release}: ${fields.join('; ')}${object ? ` of ${object}` : ''}. ${conflictHint(owners.flatMap(({ fields }) => fields))}`,
    )
  }
}

function conflictHint(fields: readonly string[]): string {
  const hint = fields.includes('.spec.replicas')
    ? 'Leave .spec.replicas out of the chart if an autoscaler or a person sets it'
    : 'Leave these fields out of the chart, or remove the other manager'
  return `${hint}; or let the chart win with the input force-conflicts: true.`
}

/** The diagnosis of an error of Helm. */
export function diagnoseHelmError(error: unknown): Diagnosis {
  const reason = error instanceof FieldConflictError ? 'FieldConflict' : 'HelmFailed'
  return { reason, message: errorMessage(error) }
}
