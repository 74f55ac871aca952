import { type Tags, versionTags } from '../registry/version-tags.ts'
import type { ApiRefusal } from '../release/api-refusal.ts'
import { type LiveRelease, servedVersion } from '../release/live-release.ts'
import { deployedRevision, pendingRevision, type Revision } from '../release/revision-history.ts'
import type { Controller } from './ownership.ts'
import type { UnusableText } from './rendered-text.ts'

/** What the registry knows about the version to deploy. */
export interface VersionStatus {
  tags: Tags
  /** Artifact digest of the files now; undefined: the server cannot list them. */
  digest: string | undefined
  /** Why this version, or one with the same files, is in quarantine. */
  quarantined: string | undefined
  champion: string | undefined
  /** The environment id of the release that the champion was promoted for, by its tags. */
  championRelease?: string | undefined
}

/** Everything that decides whether a deployment may start. */
export interface PreflightInput {
  model: string
  version: string
  requireVerdict: boolean
  /** The user expects that the release does not exist yet. */
  firstInstall: boolean
  history: readonly Revision[]
  live: LiveRelease | undefined
  /** Undefined without a tracking server. */
  versionStatus: VersionStatus | undefined
}

/** Why a deployment may not start. helm-deploy words it in its messages.ts. */
export type PreflightFailure =
  | { reason: 'ReleaseLocked'; pending: Revision; target: Revision | undefined }
  | { reason: 'OtherModel'; releaseModel: string }
  /** The release does not exist, but the model has a champion, so another release may serve it. */
  | { reason: 'ReleaseNotFound'; champion: string }
  | { reason: 'Quarantined'; cause: string }
  | { reason: 'NoVerdict'; verdict: string | undefined }
  | { reason: 'FilesNotListable' }
  | { reason: 'FilesChanged'; verdictDigest: string | undefined; digest: string }
  | { reason: 'VerdictOutdated'; verdictChampion: string; champion: string | undefined }
  /** Pods serve `version`, or an unknown one, and the registry has no champion. */
  | { reason: 'NoChampion'; version: string | undefined }
  /** No pod is ready, but the release has another version, and the registry has no champion. */
  | { reason: 'NoChampionNoReadyPod'; releaseVersion: string }
  /** An autoscaler scaled the workload to zero, and the chart sets no number of pods. */
  | { reason: 'ScaledToZero'; workload: string }
  /** By `version-from`, the rendered chart names another version or none. */
  | { reason: 'ChartNamesOtherVersion'; predicted: string | undefined; reference?: string }
  /** By `version-from`, no ready pod names a version. */
  | { reason: 'PodsNameNoVersion'; named: string | undefined; releaseVersion: string }
  | { reason: 'VersionNamedTwice'; workload: string; variable: string }
  /** The rendered workload never makes new pods. */
  | { reason: 'NoNewPods'; workload: string; field: string }
  /** The chart's own value `model` is no mapping, so that model.version would replace it. */
  | { reason: 'ModelValueTaken'; value: unknown }
  | { reason: 'UnusableText'; workload: string; texts: readonly UnusableText[] }
  | { reason: 'ObjectsRefused'; refusals: readonly ApiRefusal[] }
  | { reason: 'OtherController'; controller: Controller }

/** Checks verdict, quarantine, champion and release; undefined: the deployment may start. */
export function checkPreflight(input: PreflightInput): PreflightFailure | undefined {
  const { history, live, model, versionStatus } = input
  const pending = pendingRevision(history)
  if (pending) return { reason: 'ReleaseLocked', pending, target: deployedRevision(history) }
  const releaseModel = live?.releaseModel
  if (releaseModel && releaseModel !== model) return { reason: 'OtherModel', releaseModel }
  if (!versionStatus) return undefined
  const { champion } = versionStatus
  if (history.length === 0 && champion !== undefined && !input.firstInstall)
    return { reason: 'ReleaseNotFound', champion }
  return (
    checkVerdict(versionStatus, input) ??
    (champion ? undefined : checkFirstDeployment(input)) ??
    checkVerdictChampion(versionStatus, input)
  )
}

function checkVerdict(
  { tags, digest, quarantined, champion }: VersionStatus,
  { requireVerdict, version }: PreflightInput,
): PreflightFailure | undefined {
  const { [versionTags.verdict]: verdict, [versionTags.artifactDigest]: verdictDigest } = tags
  // An adopted version has no verdict. It may be deployed again while it is champion.
  const adopted = champion === version && tags[versionTags.adopted] !== undefined
  if (quarantined) return { reason: 'Quarantined', cause: quarantined }
  if (!requireVerdict) return undefined
  if (verdict !== 'promote' && !adopted) return { reason: 'NoVerdict', verdict }
  if (digest === undefined) return adopted ? undefined : { reason: 'FilesNotListable' }
  const expected = verdictDigest ?? (adopted ? digest : undefined)
  return expected === digest ? undefined : { reason: 'FilesChanged', verdictDigest, digest }
}

/**
 * A version is never the first by accident: a release that serves without a champion must be adopted by a person. A
 * release without a ready pod counts as well, since it may serve again once it is scaled up.
 */
function checkFirstDeployment({ live, version }: PreflightInput): PreflightFailure | undefined {
  if (!live) return undefined
  const served = servedVersion(live.pods)
  // A retry of a deployment that was never promoted names the version that is live.
  if (served.kind === 'one')
    return served.version === version ? undefined : { reason: 'NoChampion', version: served.version }
  if (served.kind !== 'no-ready-pods') return { reason: 'NoChampion', version: undefined }
  const { releaseVersion } = live
  if (releaseVersion === undefined || releaseVersion === version) return undefined
  return { reason: 'NoChampionNoReadyPod', releaseVersion }
}

/** A verdict compares with one champion, so it is void once another version is champion. */
function checkVerdictChampion(
  { tags, champion }: VersionStatus,
  { requireVerdict, version }: PreflightInput,
): PreflightFailure | undefined {
  // A version, "none" or "unclear"; undefined: not recorded.
  const verdictChampion = tags[versionTags.championVersion]
  if (!requireVerdict || champion === version) return undefined
  const isCurrent = [undefined, 'unclear', champion ?? 'none'].includes(verdictChampion)
  return isCurrent || verdictChampion === undefined
    ? undefined
    : { reason: 'VerdictOutdated', verdictChampion, champion }
}

/**
 * The version that pods will name, read from the rendered chart; `unknown`: only a running pod can tell (`http:`).
 * `reference`: the ConfigMap or Secret that may set it instead, so that no pod names it. `duplicate`: a variable that one
 * list has twice.
 */
export type PredictedVersion =
  | {
      kind: 'known'
      version: string | undefined
      reference?: string | undefined
      duplicate?: string | undefined
    }
  | { kind: 'unknown' }

/** What dry runs say about an upgrade, or about a first install. */
export interface UpgradePreview {
  predictedVersion: PredictedVersion
  /** The chart sets no number of pods. */
  omitsReplicas: boolean
  /** The kind/name of the workload that serves the model, and the field by which it never makes new pods. */
  workload: string
  stoppedBy?: 'replicas: 0' | 'paused: true' | undefined
  /** A container has a probe that its pod waits for, or the server itself states the version. Undefined: unknown. */
  showsReadiness?: boolean | undefined
  /** `model` in the chart's own values. */
  modelDefault?: unknown
  /** Texts of the new pods that cannot be meant. */
  unusableTexts?: readonly UnusableText[]
  /** Objects that the API server refuses. */
  refusals?: readonly ApiRefusal[]
  /** What else applies the objects of the release. */
  controllers?: readonly Controller[]
}

/**
 * Whether a rollout could start, be watched by `version-from`, and last. Empty: it could.
 * @param live undefined: no revision is deployed
 */
export function checkUpgrade(
  live: LiveRelease | undefined,
  version: string,
  preview: UpgradePreview,
): PreflightFailure[] {
  const { modelDefault, predictedVersion, unusableTexts = [], workload, stoppedBy } = preview
  const { refusals = [], controllers = [] } = preview
  // Other failures would only follow from it.
  if (!canHoldModel(modelDefault)) return [{ reason: 'ModelValueTaken', value: modelDefault }]
  if (predictedVersion.kind === 'known' && predictedVersion.duplicate !== undefined)
    return [{ reason: 'VersionNamedTwice', workload, variable: predictedVersion.duplicate }]
  const unobservable = stoppedBy
    ? ({ reason: 'NoNewPods', workload, field: stoppedBy } as const)
    : checkObservability(live, version, preview)
  const active = controllers.filter(({ state }) => state === 'active')
  return [
    ...(unusableTexts.length > 0
      ? [{ reason: 'UnusableText', workload, texts: unusableTexts } as const]
      : []),
    ...(unobservable ? [unobservable] : []),
    ...(refusals.length > 0 ? [{ reason: 'ObjectsRefused', refusals } as const] : []),
    ...active.map((controller) => ({ reason: 'OtherController', controller }) as const),
  ]
}

/** Whether `model.name` and others can be written there without replacing what a person meant. */
function canHoldModel(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value))
}

function checkObservability(
  live: LiveRelease | undefined,
  version: string,
  { predictedVersion, omitsReplicas }: UpgradePreview,
): PreflightFailure | undefined {
  if (live?.desired === 0 && omitsReplicas) return { reason: 'ScaledToZero', workload: live.workload }
  if (predictedVersion.kind === 'known') {
    const { version: predicted, reference } = predictedVersion
    if (predicted === version) return undefined
    return { reason: 'ChartNamesOtherVersion', predicted, ...(reference === undefined ? {} : { reference }) }
  }
  if (!live) return undefined
  const { releaseVersion, pods } = live
  const named = pods.filter((pod) => pod.ready).map((pod) => pod.version)
  // Without model.version in its values, the release may name a version only from this deployment on.
  if (releaseVersion === undefined || named.length === 0) return undefined
  // MLflow numbers its versions.
  if (named.some((each) => each !== undefined && /^\d+$/.test(each))) return undefined
  return { reason: 'PodsNameNoVersion', named: named[0], releaseVersion }
}
