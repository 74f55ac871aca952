import { type LiveRelease, liveVersion } from '../../src/domain/release/live-release.ts'
import {
  type BlockedTarget,
  formatBlockedTarget,
  formatBlockedTargets,
} from '../../src/domain/release/rollback-target.ts'
import type { RemediationResult } from '../../src/release/rollout/rollback.ts'
import type { Inputs, Outputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** What the messages are about. */
type Subject = Pick<
  Inputs<typeof contract>,
  'release' | 'namespace' | 'model-name' | 'model-version' | 'version-from'
>

export const alreadyInstalled = ({ release }: Subject): string =>
  `Release ${release} exists, so first-install had no effect. Remove it: it also accepts a wrong release name.`

function formatVersion(subject: Subject): string {
  return `Version ${subject['model-version']} of model ${JSON.stringify(subject['model-name'])}`
}

/** What a deployment without a failure has done. */
export function describeSuccess(
  subject: Subject,
  outcome: Outputs<typeof contract>['outcome'],
  before: LiveRelease | undefined,
): string {
  const { release, 'model-version': version } = subject
  if (outcome === 'unchanged')
    return `Version ${version} already serves in release ${release}. Nothing was changed.`
  if (!before) return `Version ${version} serves in release ${release}, which is new.`
  const replaced = liveVersion(before)
  if (replaced === version)
    return `Version ${version} still serves in release ${release}, with a changed chart or values.`
  return `Version ${version} serves in release ${release}${replaced && `, replacing version ${replaced}`}.`
}

/** @param cause the diagnosis with the last log line, without a full stop */
export function rolloutFailed(
  subject: Subject,
  cause: string,
  result: RemediationResult | undefined,
): string {
  const { release, 'model-name': model, 'model-version': version } = subject
  return `Rollout of version ${version} of model ${JSON.stringify(model)} failed: ${cause}. ${formatRemediation(release, result)}`
}

function formatRemediation(release: string, result: RemediationResult | undefined): string {
  switch (result?.kind) {
    case 'rolled-back': {
      const { revision, version } = result.target
      const passedOver = result.passedOver.map(formatBlockedTarget).join('; ')
      return `Rolled back release ${release} to revision ${revision}${version ? ` (version ${version})` : ''}; it is serving.${passedOver && ` The cluster does not accept ${passedOver}.`}`
    }
    case 'rollback-failed':
      if (result.isBlocked) return `ROLLBACK FAILED, manual intervention required: ${result.reason}.`
      return result.canRetry
        ? `ROLLBACK FAILED for release ${release}: ${result.reason}. The post step will retry once.`
        : `ROLLBACK FAILED for release ${release}, manual intervention required: ${result.reason}. Check its pods, then run "helm rollback ${release} REVISION" with a revision that worked.`
    case 'uninstalled':
      return `Uninstalled release ${release}, since this was its first install.`
    default:
      return `Release ${release} was kept as it is.`
  }
}

export function rollbackBlocked(subject: Subject, blocked: readonly BlockedTarget[]): string {
  const { release } = subject
  return `${formatVersion(subject)} was not rolled out, because release ${release} could not be rolled back if it failed. ${formatBlockedTargets(blocked)} To deploy without a rollback, set rollback-on-failure to false for this run. Nothing was changed.`
}

export function smokeTestFailed(subject: Subject, cause: string): string {
  return `${formatVersion(subject)} was not rolled out: its pod beside release ${subject.release} failed the smoke test: ${cause}. The release was not changed.`
}

export function smokeTestCancelled({ release }: Subject): string {
  return `The job was cancelled during the smoke test. Release ${release} was not changed.`
}

export function superseded(subject: Subject, own: number, newer: number): string {
  const { release, 'model-version': version } = subject
  return `Another job deployed revision ${newer} of release ${release} before revision ${own} (version ${version}) was verified. Revision ${newer} is kept, and no model version is marked as failed. Re-run if version ${version} should be live. Put all deployments of a release into one concurrency group.`
}

export function cancelled({ release }: Subject, keepingInput: string | undefined): string {
  return `The job was cancelled during the rollout of release ${release}; ${keepingInput ? formatKept(keepingInput) : 'the post step rolls back to the last verified revision'}.`
}

/** A system stopped answering after the upgrade may have started. */
export function unverified({ release }: Subject, keepingInput: string | undefined): string {
  return `Release ${release} may have a revision that is not verified; ${keepingInput ? formatKept(keepingInput) : 'the post step rolls it back'}.`
}

function formatKept(input: string): string {
  return `it is kept (${input}), unless Helm left it pending, which the post step ends`
}

export const NO_TRACKING_SERVER =
  'No tracking-uri is set, so verdict, quarantine and champion were not checked.'

export function filesNotListable(version: string): string {
  return `The tracking server cannot list the files of version ${version}, so quarantined versions with the same files were not checked.`
}

export const noModelFile = (subject: Subject): string =>
  `Input model-version: version ${subject['model-version']} of model ${JSON.stringify(subject['model-name'])} has no MLmodel file, so no pod can load it; register a logged model.`

export const noDigest = (subject: Subject): string =>
  `Input version-values: it names {{digest}}, but ${formatVersion(subject)} has no digest yet. gatekeeper writes it: run that first.`

export const noRun = (subject: Subject): string =>
  `Input version-values: it names {{run-id}}, but ${formatVersion(subject)} was registered without a run.`

export const tagNotDeleted = (subject: Subject, tag: string, error: unknown): string =>
  `Tag ${tag} of an earlier failure of version ${subject['model-version']} was not deleted: ${error}`

export const nowQuarantined = (subject: Subject, cause: string): string =>
  `Version ${subject['model-version']} is now in quarantine: ${cause}. Its files are refused under every version number, until promote with clear-quarantine clears it.`

/** @param cause empty: nothing is known */
export const nowSuspect = (subject: Subject, cause: string): string =>
  `Version ${subject['model-version']} is suspect, not in quarantine, since ${cause || 'nothing shows that its files caused the failure'}. A retry is allowed.`

export const previousStarts = (version: string, beside: boolean): string =>
  `version ${version} starts in the same pod template${beside ? ', in a pod beside the release' : ''}`

export const previousFailed = (version: string): string =>
  `version ${version} exits in the same pod template, too`

export const previousNotComparable = (cause: string): string =>
  `The exit was not compared with the previous version: ${cause}.`

export const failureTagsNotWritten = (subject: Subject, error: unknown): string =>
  `The failure tags of version ${subject['model-version']} were not written: ${error}`

export const failureTagsNotQueued = (error: unknown): string =>
  `They were not queued for the next job either: ${error}`
