import type { PreflightFailure, VersionStatus } from '../../src/domain/preflight/preflight.ts'
import type { ChampionRelease } from '../../src/domain/registry/champion-release.ts'
import { formatForeignPending } from '../../src/domain/release/recovery-plan.ts'
import { didYouMean } from '../../src/policy/did-you-mean.ts'
import { describeChampionRelease } from '../../src/release/registry/champion-release.ts'
import type { RemediationResult } from '../../src/release/rollout/rollback.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** What the messages are about. */
type Subject = Pick<
  Inputs<typeof contract>,
  'release' | 'namespace' | 'model-name' | 'model-version' | 'version-from'
>

/** What the release could be instead of one that does not exist. */
export interface OtherReleases {
  /** The one that serves the champion, if it was found. */
  serving: ChampionRelease | undefined
  /** Those of the namespace. */
  names: readonly string[]
}

/** @param others only needed for a release that was not found */
export function formatPreflightFailure(
  failure: PreflightFailure,
  subject: Subject,
  others: OtherReleases = { serving: undefined, names: [] },
): string {
  const { release, 'model-name': model, 'model-version': version, 'version-from': versionFrom } = subject
  const name = formatVersion(subject)
  switch (failure.reason) {
    case 'ReleaseLocked':
      return formatForeignPending(failure.pending, failure.target, subject)
    case 'OtherModel':
      return `Release ${release} serves the model ${JSON.stringify(failure.releaseModel)}, not ${JSON.stringify(model)}. Set release to the release of this model, or uninstall that one first.`
    case 'ReleaseNotFound':
      return formatReleaseNotFound(failure.champion, subject, others)
    case 'Quarantined':
      return `${name} is in quarantine (${failure.cause}). Deploy another version, or clear the quarantine with promote: clear-quarantine and a reason.`
    case 'NoVerdict':
      return `${name} has ${failure.verdict ? `the verdict ${JSON.stringify(failure.verdict)} instead of "promote"` : 'no verdict'}. Run gatekeeper on it first, or set require-verdict to false.`
    case 'FilesNotListable':
      return `${name} has a verdict, but the tracking server cannot list its files, so they cannot be compared with the files of the verdict. Register it from the model that its run logged, or set require-verdict to false.`
    case 'FilesChanged':
      return `${name} has other files now than at its verdict (digest ${failure.verdictDigest ?? 'not recorded'}, now ${failure.digest}). Run gatekeeper on it again.`
    case 'VerdictOutdated': {
      const { verdictChampion, champion } = failure
      const then = verdictChampion === 'none' ? 'as the first version' : `against version ${verdictChampion}`
      const now = champion === undefined ? 'there is no champion' : `version ${champion} is champion`
      return `${name} was evaluated ${then}, but ${now} now. Run gatekeeper on it again.`
    }
    case 'NoChampion':
      return `Release ${release} already serves ${failure.version === undefined ? 'an unknown version' : `version ${failure.version}`}, but model ${JSON.stringify(model)} has no champion in the registry. Record the live version once with promote and adopt: true, then deploy again.`
    case 'NoChampionNoReadyPod':
      return `Release ${release} has version ${failure.releaseVersion}, but no ready pod, and model ${JSON.stringify(model)} has no champion in the registry. Scale it up and record its version once with promote and adopt: true. If it never served, remove it with "helm uninstall ${release}". Then deploy again.`
    case 'ScaledToZero':
      return `Release ${release} is scaled to zero: ${failure.workload} asks for 0 pods, and the chart leaves that number to an autoscaler. Without a pod, neither a rollout nor a rollback can be verified. Scale it to at least 1 pod and re-run, or set the autoscaler's minimum to 1 (KEDA: minReplicaCount: 1).`
    case 'ChartNamesOtherVersion':
      return `Input version-from: by ${versionFrom}, the new pods of release ${release} would name ${formatNamed(failure.predicted)}, not ${version}. Set version-from to the place where the chart puts model.version, or let the chart put it there.`
    case 'PodsNameNoVersion':
      return `Input version-from: by ${versionFrom}, the ready pods of release ${release} name ${formatNamed(failure.named)}, but its values name version ${failure.releaseVersion}. Set version-from to the place where pods name their version. If only the new chart names it, deploy once with env:, label: or annotation:.`
  }
}

function formatReleaseNotFound(
  champion: string,
  { release, namespace, 'model-name': model }: Subject,
  { serving, names }: OtherReleases,
): string {
  const similar = serving?.kind === 'in-namespace' ? serving.release : didYouMean(release, names)
  const known = serving ? `, and ${describeChampionRelease(serving)}` : ''
  const hint =
    similar === undefined ? 'Check release, namespace and kubeconfig.' : `Did you mean release ${similar}?`
  return `Input release: namespace ${namespace} has no release ${release}, but version ${champion} of model ${JSON.stringify(model)} is champion${known}. ${hint} For the first deployment to a new cluster or environment, set first-install to true.`
}

export function servesOtherVersion(
  { release }: Subject,
  served: string,
  { champion, championRelease }: Pick<VersionStatus, 'champion' | 'championRelease'>,
): string {
  const promoted = championRelease === undefined ? '' : `, promoted for release ${championRelease}`
  return `Release ${release} serves version ${served}, but the champion is version ${champion}${promoted}. Run reconcile to see which is right.`
}

export const alreadyInstalled = ({ release }: Subject): string =>
  `Release ${release} exists, so first-install had no effect. Remove it: it also accepts a wrong release name.`

function formatNamed(version: string | undefined): string {
  return version === undefined ? 'no model version' : JSON.stringify(version)
}

function formatVersion(subject: Subject): string {
  return `Version ${subject['model-version']} of model ${JSON.stringify(subject['model-name'])}`
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
      return `Rolled back release ${release} to revision ${revision}${version ? ` (version ${version})` : ''}; it is serving.`
    }
    case 'rollback-failed':
      return result.canRetry
        ? `ROLLBACK FAILED for release ${release}: ${result.reason}. The post step will retry once.`
        : `ROLLBACK FAILED for release ${release}, manual intervention required: ${result.reason}. Check its pods, then run "helm rollback ${release} REVISION" with a revision that worked.`
    case 'uninstalled':
      return `Uninstalled release ${release}, since this was its first install.`
    default:
      return `Release ${release} was kept as it is.`
  }
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

export const tagNotDeleted = (subject: Subject, tag: string, error: unknown): string =>
  `Tag ${tag} of an earlier failure of version ${subject['model-version']} was not deleted: ${error}`

export const failureTagsNotWritten = (subject: Subject, error: unknown): string =>
  `The failure tags of version ${subject['model-version']} were not written: ${error}`

export const failureTagsNotQueued = (error: unknown): string =>
  `They were not queued for the next job either: ${error}`
