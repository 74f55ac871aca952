import { Fault, UserError } from '../../domain/core/errors.ts'
import { shortenError } from '../../domain/core/shorten-error.ts'
import { FieldConflictError, parseConflict } from '../../domain/preflight/field-conflict.ts'
import { NotOwnedError, type NotOwnedObject } from '../../domain/preflight/ownership.ts'
import { ChartRenderError, diagnoseRenderError } from '../../domain/preflight/render-error.ts'
import type { ApiRefusal } from '../../domain/release/api-refusal.ts'
import { redact } from '../../domain/rollout/redaction.ts'
import { findApiRefusals } from '../cluster-access/api-refusals.ts'
import { createToolError, type ToolAccess } from '../cluster-access/error-hints.ts'
import { findErrorSource } from '../cluster-access/error-source.ts'
import { dropLogLines } from '../cluster-access/log-lines.ts'
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
  const [command = ''] = args
  const message = extractErrorMessage(result)
  if (RELEASE_LOCKED.test(stderr))
    return new ReleaseLockedError(
      `Release ${args[1]} is locked by another helm (${shortenError(redact(message))}). Nothing was changed. Re-run when it has finished.`,
    )
  const notOwned = parseNotOwnedObject(message)
  if (notOwned) return new NotOwnedError({ release: args[1] ?? '', namespace: access.namespace }, notOwned)
  const conflict = parseConflict(stderr)
  if (conflict) return new FieldConflictError(args[1] ?? '', conflict)
  // A schema on the network is no fault of the values.
  const isOfChart = RENDERING_COMMANDS.includes(command) && findErrorSource(message, command) !== 'schema'
  const renderProblem = isOfChart && diagnoseRenderError(shortenError(redact(message)))
  if (renderProblem) return new ChartRenderError(renderProblem)
  return createToolError(access, result, {
    system: 'Helm',
    call: `helm ${args.slice(0, 2).join(' ')}`,
    message,
    helmCommand: command,
    hint: 'Run the command with --debug. The usual causes are the chart, its values and the Role.',
  })
}

/** The error of Helm, without what it, a plugin and Helm 4's log print before it. */
function extractErrorMessage({ stderr, stdout }: ToolResult): string {
  const start = stderr.search(/^Error: /m)
  const message = start < 0 ? dropLogLines(stderr) : stderr.slice(start).replace('Error: ', '').trim()
  // Helm goes on without a repository that it cannot read, and then misses it.
  const [, update] =
    /Unable to get an update from the "[^"]*" chart repository[^\n]*:\n\s+(\S[^\n]*)/.exec(stdout) ?? []
  // Without a version, it names none.
  const complete = message.replace(/ matching {2}not found/, ' not found')
  return update && /^(?:no cached repo|failed to update the following)/.test(message) ? update : complete
}

/** Parses the first object that Helm does not take over; undefined: it failed for another reason. */
export function parseNotOwnedObject(message: string): NotOwnedObject | undefined {
  const { kind, name } =
    /(?<kind>\w{1,100}) "(?<name>[^"\n]{1,300})" in namespace "[^"\n]{0,100}" exists and cannot be imported into the current release/.exec(
      message,
    )?.groups ?? {}
  return kind && name ? { kind, name } : undefined
}
