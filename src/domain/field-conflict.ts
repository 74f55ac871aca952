import { UserError } from './failure.ts'
import type { Diagnosis } from './rollout-failure.ts'

/** Fields of one object that someone else has set, and that Helm 4 therefore did not change (server-side apply). */
export interface Conflict {
  /** As Helm names it: `ml/digits, Deployment`; empty where it does not say. */
  object: string
  owners: readonly { owner: string; fields: readonly string[] }[]
}

/** Owners, and fields of one, that a message names. */
const MOST = 5

/**
 * Reads the API server's refusal of an apply, which Helm 4 repeats, on one line per owner or with a list of fields:
 * `conflict with "kube-controller-manager" with subresource "scale" using apps/v1: .spec.replicas`. Undefined where it
 * is none.
 */
export function conflictIn(said: string): Conflict | undefined {
  const at = said.lastIndexOf('Apply failed with ')
  if (at < 0) return undefined
  const [, name, kind] = / applying object (\S{1,400}) \S{1,200}, Kind=(\w{1,100})/.exec(said) ?? []
  const parts = said.slice(at).split(/\bconflicts? with "/)
  const owners = parts.slice(1, MOST + 1).map((part) => ({
    owner: part.slice(0, Math.max(0, part.indexOf('"'))).slice(0, 100),
    fields: [...part.matchAll(/(?:^- |: |\n- )(\.\S{1,200})/gm)]
      .slice(0, MOST)
      .map(([, field = '']) => field),
  }))
  return owners.length > 0 ? { object: name ? `${name}, ${kind}` : '', owners } : undefined
}

/** Helm 4 met fields that another has set. */
export class FieldConflict extends UserError {
  constructor(release: string, { object, owners }: Conflict) {
    const who = owners.map(
      ({ owner, fields }) => `${fields.join(', ') || 'a field'} (set by ${JSON.stringify(owner)})`,
    )
    super(
      `Helm does not overwrite what others have set in release ${release}: ${who.join('; ')}${object ? ` of ${object}` : ''}. ${cureOf(owners.flatMap(({ fields }) => fields))}`,
    )
  }
}

function cureOf(fields: readonly string[]): string {
  const first = fields.includes('.spec.replicas')
    ? 'Leave .spec.replicas out of the chart where an autoscaler or a person sets it'
    : 'Leave these fields out of the chart, or let nobody else set them'
  return `${first}; or let the chart win with the input force-conflicts: true.`
}

/** What an error of Helm's says of a rollout. */
export function helmDiagnosis(error: unknown): Diagnosis {
  const said = error instanceof Error ? error.message : String(error)
  return { reason: error instanceof FieldConflict ? 'FieldConflict' : 'HelmFailed', said }
}
