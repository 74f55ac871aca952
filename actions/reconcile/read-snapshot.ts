import type { Release } from '../../src/adapters/kubernetes/release/release.ts'
import { UnwatchedWorkloadError } from '../../src/adapters/kubernetes/rollout/workload.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { checkLoadability } from '../../src/adapters/mlflow/registry/loadability.ts'
import {
  describeQuarantine,
  findVersionQuarantineMatches,
} from '../../src/adapters/mlflow/registry/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import type { LeaseHolder, Snapshot, UnfinishedWork } from '../../src/domain/reconcile/snapshot.ts'
import type { CurrentChampion } from '../../src/domain/registry/champion.ts'
import type { ChampionRelease } from '../../src/domain/registry/champion-release.ts'
import { describeHolder, isExpired } from '../../src/domain/release/lease.ts'
import { type LiveRelease, liveVersion } from '../../src/domain/release/live-release.ts'
import {
  type FailureRecord,
  hasServedSinceFailure,
  type Operation,
  planRecovery,
} from '../../src/domain/release/recovery-plan.ts'
import { foreignOperationTimeout } from '../../src/domain/release/time-budget.ts'
import { type LeaseEnvironment, systemEnvironment } from '../../src/release/lease/lease-request.ts'
import { readChampionRelease } from '../../src/release/registry/champion-release.ts'
import { assertRegistered, readModelSnapshot } from '../../src/release/registry/model-snapshot.ts'
import { findOwnRevision } from '../../src/release/rollout/upgrade.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

export interface Dependencies {
  inputs: Inputs<typeof contract>
  context: Context
  mlflow: Mlflow
  release: Release
  leaseEnvironment?: LeaseEnvironment | undefined
}

/** A snapshot with the model versions as MLflow describes them. */
export interface RegistrySnapshot extends Snapshot {
  versions: readonly ModelVersion[]
}

/**
 * Reads registry, release and pods, and the lease last: a job that started to write meanwhile holds it by then. Omits the
 * lease if this job holds it (`ownsLease`).
 * @throws UserError if the model does not exist; Fault if a system does not answer
 */
export async function readSnapshot(
  dependencies: Dependencies,
  { ownsLease } = { ownsLease: false },
): Promise<RegistrySnapshot> {
  const { inputs, mlflow, release, leaseEnvironment = systemEnvironment } = dependencies
  const [history, verifiedRevisions, { live, unwatched }, registered] = await Promise.all([
    release.history(),
    release.readVerifiedRevisions(),
    readLive(release),
    readModelSnapshot(mlflow, inputs),
  ])
  assertRegistered(registered)
  const { aliases, versions, champion } = registered
  const names = { champion: inputs['champion-alias'], previous: inputs['previous-alias'] }
  const relevant = [
    champion.kind === 'version' ? champion.version.number : undefined,
    liveVersion(live) || live?.releaseVersion,
    aliases.get(names.previous),
  ]
  const checked = versions.filter(({ number }) => relevant.includes(number))
  return {
    model: inputs['model-name'],
    release: release.name,
    names,
    now: leaseEnvironment.now(),
    foreignOperationTimeoutMs: foreignOperationTimeout(inputs.timeout),
    mirrorStages: inputs['mirror-stages'],
    aliases,
    versions,
    champion,
    championRelease: await findChampionRelease(dependencies, live, champion),
    ...(await checkVersions(mlflow, checked, versions)),
    history,
    verifiedRevisions,
    live,
    unwatched,
    holder: ownsLease ? undefined : await readHolder(dependencies, { history, verifiedRevisions }),
  }
}

/** An unsupported chart stays unsupported: what it serves is unknown in each run, and no run fails for it. */
async function readLive(release: Release): Promise<Pick<Snapshot, 'live' | 'unwatched'>> {
  try {
    return { live: await release.readLive() }
  } catch (error) {
    if (!(error instanceof UnwatchedWorkloadError)) throw error
    return { live: undefined, unwatched: error.message }
  }
}

/** Another release that serves the champion, unless this one does. */
async function findChampionRelease(
  { inputs, release }: Dependencies,
  live: LiveRelease | undefined,
  champion: CurrentChampion<ModelVersion>,
): Promise<ChampionRelease | undefined> {
  if (champion.kind !== 'version' || liveVersion(live) === champion.version.number) return undefined
  const { 'model-name': model, 'champion-alias': alias } = inputs
  return readChampionRelease(release, inputs, { model, alias }, champion.version)
}

/** Whether these versions load, and which are quarantined by their own tag or by that of the same files. */
async function checkVersions(
  mlflow: Mlflow,
  versions: readonly ModelVersion[],
  all: readonly ModelVersion[],
): Promise<Pick<Snapshot, 'unloadable' | 'unverifiable' | 'quarantined'>> {
  const unloadable = new Map<string, string>()
  const unverifiable = new Map<string, string>()
  const quarantined = new Map<string, string>()
  const checks = versions.map(async (version) => {
    const [loadability, matches] = await Promise.all([
      checkLoadability(mlflow, version),
      findVersionQuarantineMatches(mlflow, version, all),
    ])
    const quarantine = describeQuarantine(version, matches)
    if (loadability.kind === 'broken') unloadable.set(version.number, loadability.reason)
    if (loadability.kind === 'unverifiable') unverifiable.set(version.number, loadability.reason)
    if (quarantine !== undefined) quarantined.set(version.number, quarantine)
  })
  await Promise.all(checks)
  return { unloadable, unverifiable, quarantined }
}

async function readHolder(
  { release, leaseEnvironment = systemEnvironment }: Dependencies,
  state: Pick<Snapshot, 'history' | 'verifiedRevisions'>,
): Promise<LeaseHolder | undefined> {
  const [lease, outbox] = await Promise.all([release.lease.read(), release.outbox.read()])
  const description = lease?.holderIdentity ? describeHolder(lease) : 'an earlier job'
  if (lease && !isExpired(lease, leaseEnvironment.now()))
    return { description, isLive: true, unfinishedWork: undefined }
  const unfinishedWork = await findUnfinishedWork(release, lease?.operation, outbox, state)
  return lease?.holderIdentity || unfinishedWork ? { description, isLive: false, unfinishedWork } : undefined
}

/** Uses the plan that a recovery would execute. */
async function findUnfinishedWork(
  release: Release,
  operation: Operation | undefined,
  outbox: readonly FailureRecord[],
  { history, verifiedRevisions }: Pick<Snapshot, 'history' | 'verifiedRevisions'>,
): Promise<UnfinishedWork | undefined> {
  if (operation) {
    const revision = operation.revision ?? (await findOwnRevision(release, operation))
    const plan = planRecovery({ ...operation, revision }, history, verifiedRevisions)
    if (plan.kind !== 'none') return { kind: 'release-incomplete', reason: plan.reason }
  }
  const failures = [...outbox, ...(operation?.failure ? [operation.failure] : [])]
    .filter((failure) => !hasServedSinceFailure(failure, history, verifiedRevisions))
    .map(({ version }) => version)
  return failures.length === 0 ? undefined : { kind: 'failure-unrecorded', versions: [...new Set(failures)] }
}
