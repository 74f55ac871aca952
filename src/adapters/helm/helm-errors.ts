import { Fault, UserError } from '../../domain/core/errors.ts'
import { FieldConflictError, parseConflict } from '../../domain/preflight/field-conflict.ts'
import { NotOwnedError, parseNotOwnedObject } from '../../domain/preflight/ownership.ts'
import { ChartRenderError, diagnoseRenderError } from '../../domain/preflight/render-error.ts'
import { type ApiRefusal, findApiRefusals } from '../../domain/release/api-refusal.ts'
import { redact } from '../../domain/rollout/redaction.ts'
import { createToolError, type ToolAccess } from '../cluster-access/error-hints.ts'
import type { ToolResult } from '../process/run-tool.ts'

/** Another helm is running, or was faster: this one wrote nothing. */
export class ReleaseLockedError extends UserError {}

/**
 * The kinds of a chart that the cluster lacks, by the error of a dry run. Before a first install, Helm creates the CRDs of
 * the folder crds/. Undefined: another error, such as a kind of the deployed revision that is gone.
 */
export function findMissingKinds(
  error: unknown,
): { refusals: readonly ApiRefusal[]; isInstall: boolean } | undefined {
  if (!(error instanceof Fault) || error.detail.includes('from current release manifest')) return undefined
  const refusals = findApiRefusals(error).filter(({ reason }) => reason === 'UnknownKind')
  const isInstall = error.detail.includes('from release manifest')
  return refusals.length > 0 ? { refusals, isInstall } : undefined
}

export const isReleaseNotFound = (error: unknown): boolean =>
  error instanceof Fault && /release: not found/.test(error.detail)

/** Helm's errors where another helm has the lock, or has written the next revision. */
const RELEASE_LOCKED =
  /another operation \(install\/upgrade\/rollback\) is in progress|release: already exists|"sh\.helm\.release\.[^"]+" already exists|cannot re-use a name that is still in use/

const RENDERING_COMMANDS: readonly string[] = ['template', 'upgrade']

/**
 * The error of a helm that failed: a locked release, a field conflict, a chart that does not render, or a fault with the
 * step that fixes it.
 */
export function createHelmError(access: ToolAccess, args: readonly string[], result: ToolResult): Error {
  const { stderr } = result
  const message = extractErrorMessage(stderr)
  if (RELEASE_LOCKED.test(stderr))
    return new ReleaseLockedError(
      `Release ${args[1]} is locked by another helm (${redact(message)}). Nothing was changed. Re-run when it has finished.`,
    )
  const notOwned = parseNotOwnedObject(message)
  if (notOwned) return new NotOwnedError({ release: args[1] ?? '', namespace: access.namespace }, notOwned)
  const conflict = parseConflict(stderr)
  if (conflict) return new FieldConflictError(args[1] ?? '', conflict)
  const renderProblem = RENDERING_COMMANDS.includes(args[0] ?? '') && diagnoseRenderError(redact(message))
  if (renderProblem) return new ChartRenderError(renderProblem)
  return createToolError(access, result, {
    system: 'Helm',
    call: `helm ${args.slice(0, 2).join(' ')}`,
    message,
    hint: 'Run the command with --debug. The usual causes are the chart, its values and the Role.',
  })
}

/** The error of Helm, without the warnings and log lines (Helm 4) before it. */
function extractErrorMessage(stderr: string): string {
  return stderr.replace(/^.*Error: /s, '').trim()
}
