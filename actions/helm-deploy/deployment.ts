import type { UpgradeRequest } from '../../src/adapters/helm/arguments.ts'
import type { Release } from '../../src/adapters/kubernetes/release/release.ts'
import { ArtifactsNotListable } from '../../src/adapters/mlflow/http/faults.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { describeQuarantine, findQuarantineMatches } from '../../src/adapters/mlflow/registry/quarantine.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import type { VersionStatus } from '../../src/domain/preflight/preflight.ts'
import { championReleaseTag, versionTags } from '../../src/domain/registry/version-tags.ts'
import { type LiveRelease, liveVersion } from '../../src/domain/release/live-release.ts'
import { createOperation, type Operation } from '../../src/domain/release/recovery-plan.ts'
import type { Revision } from '../../src/domain/release/revision-history.ts'
import {
  deploymentBudget,
  formatBudget,
  leaseWaitBudget,
  type TimeBudget,
} from '../../src/domain/release/time-budget.ts'
import {
  matchesVersion,
  type VerifiedRevision,
  validVerifiedRevisions,
  verifiedVersion,
} from '../../src/domain/release/verified-revisions.ts'
import type { FailureReason } from '../../src/domain/rollout/diagnosis.ts'
import type { GoldenRequest } from '../../src/domain/rollout/golden-requests.ts'
import { servesOtherVersion } from '../../src/release/preflight-messages.ts'
import { readModelSnapshot, requireVersion } from '../../src/release/registry/model-snapshot.ts'
import type { SavedEvidence } from '../../src/release/rollout/evidence.ts'
import {
  formatLiveVersion,
  liveOutputs,
  readLiveAfter,
  renderReleaseSummary,
} from '../../src/release/rollout/report.ts'
import type { LeaseSession } from '../../src/release/with-lease.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, Outputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import {
  alreadyInstalled,
  describeSuccess,
  filesNotListable,
  NO_TRACKING_SERVER,
  noModelFile,
  tagNotDeleted,
} from './messages.ts'

export type DeployInputs = Inputs<typeof contract>

export interface Dependencies {
  inputs: DeployInputs
  context: Context
  request: UpgradeRequest
  goldenRequests: readonly GoldenRequest[]
  release: Release
  /** Undefined without a tracking server. */
  mlflow: Mlflow | undefined
  session: LeaseSession
}

/** One deployment and the state before it. The lease keeps that state true until the end. */
export interface Deployment extends Dependencies {
  history: readonly Revision[]
  live: LiveRelease | undefined
  verifiedRevisions: readonly VerifiedRevision[]
  versionStatus: VersionStatus | undefined
  /** For the job summary. */
  notes: string[]
}

/** Reads the state that every decision needs. */
export async function loadState(dependencies: Dependencies): Promise<Deployment> {
  const { inputs, context, request, release, mlflow, session } = dependencies
  const reading = release.history()
  const [history, live, verifiedRevisions, versionStatus] = await Promise.all([
    reading,
    reading.then((revisions) => release.readLive(revisions)),
    release.readVerifiedRevisions(),
    mlflow && readVersionStatus(mlflow, inputs),
    release.checkPermissions(request, reading),
  ])
  // MLflow may not have the quarantine yet.
  const pending = session.pending.find(
    ({ version, model }) => version === inputs['model-version'] && model === inputs['model-name'],
  )
  if (versionStatus) versionStatus.quarantined ??= pending?.tags[versionTags.quarantined]
  const warnings = findNameWarnings(inputs, { history, live, versionStatus })
  for (const warning of warnings) context.log.warning(warning)
  const notes = [
    `Time limit: ${formatBudget(computeTimeBudget(inputs))}.`,
    ...session.notes,
    ...warnings,
    ...(mlflow ? [] : [NO_TRACKING_SERVER]),
    ...(versionStatus && versionStatus.digest === undefined
      ? [filesNotListable(inputs['model-version'])]
      : []),
  ]
  return { ...dependencies, history, live, verifiedRevisions, versionStatus, notes }
}

/** What suggests that the inputs name another release than the one that serves the champion. */
function findNameWarnings(
  inputs: DeployInputs,
  { history, live, versionStatus }: Pick<Deployment, 'history' | 'live' | 'versionStatus'>,
): string[] {
  const served = liveVersion(live)
  const { champion } = versionStatus ?? {}
  // A retry of a deployment that was not promoted yet serves its own version.
  const isOther = champion !== undefined && ![champion, '', inputs['model-version']].includes(served)
  return [
    ...(isOther ? [servesOtherVersion(inputs, served, { champion, ...versionStatus })] : []),
    ...(inputs['first-install'] && history.length > 0 ? [alreadyInstalled(inputs)] : []),
  ]
}

/**
 * Reads what the registry knows about the version to deploy.
 * @throws UserError if the version does not exist, or has no model that a pod can load
 */
async function readVersionStatus(mlflow: Mlflow, inputs: DeployInputs): Promise<VersionStatus> {
  const { 'model-version': number } = inputs
  const state = await readModelSnapshot(mlflow, inputs)
  const version = requireVersion(state, number, 'model-version')
  const found = await mlflow.computeVersionDigest(version).catch((error: unknown) => {
    // Pods may still be able to load files that the server cannot list.
    if (error instanceof ArtifactsNotListable) return null
    throw error
  })
  if (found === undefined) throw new UserError(noModelFile(inputs))
  const digest = found ?? undefined
  const matches = await findQuarantineMatches(mlflow, { number, digest }, state.versions)
  const champion = state.champion.kind === 'version' ? state.champion.version : undefined
  return {
    tags: version.tags,
    digest,
    quarantined: describeQuarantine(version, matches),
    champion: champion?.number,
    championRelease: champion?.tags[championReleaseTag(inputs['champion-alias'])],
  }
}

/** Deletes the tags of an earlier failed rollout. A tag that stays becomes a note. */
export async function clearFailureTags({ mlflow, inputs, versionStatus, notes }: Deployment): Promise<void> {
  const { 'model-name': model, 'model-version': version } = inputs
  const { tags = {} } = versionStatus ?? {}
  for (const tag of [versionTags.suspect, versionTags.deployFailed].filter((each) => each in tags))
    await mlflow?.deleteVersionTag(model, version, tag).catch((error: unknown) => {
      notes.push(tagNotDeleted(inputs, tag, error))
    })
}

/** What a deployment may take in all. */
export function computeTimeBudget({ timeout, verify }: Pick<DeployInputs, 'timeout' | 'verify'>): TimeBudget {
  return { ...leaseWaitBudget(timeout), ...deploymentBudget(timeout, verify === undefined ? 0 : timeout) }
}

export function planOperation({ inputs, release, history }: Deployment): Operation {
  const { namespace, 'model-version': version } = inputs
  const operation = createOperation({ release: release.name, namespace, version }, history)
  return { ...operation, keepOnFailure: findKeepingInput(inputs, operation.isInstall) !== undefined }
}

/** The input that keeps a revision that failed; undefined: it is rolled back or uninstalled. */
export function findKeepingInput(inputs: DeployInputs, isInstall: boolean): string | undefined {
  if (!inputs['rollback-on-failure']) return 'rollback-on-failure: false'
  return isInstall && inputs['on-first-failure'] === 'keep' ? 'on-first-failure: keep' : undefined
}

/** Whether the version, or another one with the same files, was verified before. */
export function hasServed({ inputs, live, verifiedRevisions, history, versionStatus }: Deployment): boolean {
  const { 'model-name': model, 'model-version': version } = inputs
  const files = { model, version, digest: versionStatus?.digest }
  const valid = validVerifiedRevisions(verifiedRevisions, history)
  if (valid.some((revision) => matchesVersion(revision, files))) return true
  const isRecorded = valid.some(({ revision }) => revision === live?.revision)
  return !isRecorded && live !== undefined && verifiedVersion(live) === version
}

/** How a deployment ends. */
export interface Ending {
  outcome: Outputs<typeof contract>['outcome']
  /** Fails the step. */
  failure?: Error | undefined
  reason?: FailureReason
  /** What happened, in one sentence; by default, what is live. */
  headline?: string | undefined
  evidence?: SavedEvidence
  /** The history after the deployment, if it was read already. */
  history?: readonly Revision[]
  /** The post step, or the next job, recovers the operation; `next-holder`: a person must act before. */
  isUnfinished?: boolean | 'next-holder' | undefined
}

/** Builds outputs and summary. What is live is read again from Helm and the pods, not concluded. */
export async function finish(
  deployment: Deployment,
  { outcome, failure, headline, reason, evidence, history, isUnfinished }: Ending,
): Promise<Outcome<typeof contract>> {
  const { inputs, context, release, notes, session } = deployment
  if (isUnfinished) session.abandon(isUnfinished === true ? undefined : isUnfinished)
  const unchanged = outcome === 'refused' || outcome === 'unchanged'
  const live = unchanged ? deployment.live : await readLiveAfter(release, notes, history)
  if (live && outcome === 'deployed') {
    const others = await release.describeOtherWorkloads(live.revision).catch((error: unknown) => {
      notes.push(`The other workloads of the release could not be read: ${error}`)
      return []
    })
    for (const other of others) context.log.warning(`${release.name}: ${other}`)
    notes.push(...others)
  }
  const outputs = {
    outcome,
    ...liveOutputs(live),
    'previous-model-version': liveVersion(deployment.live),
    'failure-reason': reason ?? '',
    evidence: evidence?.folder ?? '',
    'evidence-name': evidence?.name ?? '',
  }
  const now = formatLiveVersion(live)
  const revision = outputs['live-revision'] || 'none'
  const summary = renderReleaseSummary({
    title: `Deployment of ${inputs['model-name']}`,
    headline: failure ? undefined : (headline ?? describeSuccess(inputs, outcome, deployment.live)),
    rows: [
      ['outcome', outcome],
      ['model', `${inputs['model-name']}, version ${inputs['model-version']}`],
      ['release', `${release.name} in namespace ${inputs.namespace}`],
      ['live now', now],
      ['revision', revision],
      ['live before', formatLiveVersion(deployment.live)],
      ['version read from', inputs['version-from']],
    ],
    notes,
    evidence: evidence?.evidence,
  })
  if (failure) return { outputs, summary, failure }
  context.log.info(`${release.name}: ${outcome}; live: ${now} (revision ${revision})`)
  return { outputs, summary }
}
