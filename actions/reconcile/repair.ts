import { undefinedIfNotListable } from '../../src/adapters/mlflow/http/faults.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { type ConsistencyResult, checkConsistency } from '../../src/domain/reconcile/consistency.ts'
import { hasRepairableFinding, planRepair } from '../../src/domain/reconcile/repair.ts'
import { championReleaseTag, type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { formatEnvironmentId } from '../../src/domain/release/environment-id.ts'
import { createLeaseRequest } from '../../src/release/lease/lease-request.ts'
import { unlockRelease } from '../../src/release/recovery/recover.ts'
import { verifyServing } from '../../src/release/registry/serving-proof.ts'
import { mirrorStages, setChampion } from '../../src/release/registry/set-champion.ts'
import { withLease } from '../../src/release/with-lease.ts'
import { describeMostSevere, describeRefusal } from './messages.ts'
import { type Dependencies, type RegistrySnapshot, readSnapshot } from './read-snapshot.ts'

export interface RepairResult {
  /** What was repaired, as sentences. */
  changes: readonly string[]
  /** Why the rest was not repaired, as a sentence; undefined if nothing repairable is left. */
  refusal: string | undefined
}

export function isRepairable({ consistent, findings }: ConsistencyResult): boolean {
  const isInterrupted = findings.some(({ kind }) => kind === 'interrupted' || kind === 'release-locked')
  return consistent === 'false' && (isInterrupted || hasRepairableFinding(findings))
}

/**
 * Repairs under the lease what is safe: first the interrupted operation, then the aliases. Everything is read again after
 * the lease is acquired.
 * @throws Fault if a system does not answer
 */
export async function runRepair(dependencies: Dependencies): Promise<RepairResult> {
  const { inputs, context, mlflow, release, leaseEnvironment } = dependencies
  const options = { registry: () => mlflow, leaseEnvironment }
  const request = createLeaseRequest('reconcile', inputs, context, options)
  const changes: string[] = []
  try {
    const refusal = await withLease(release, request, async (held) => {
      const { recovered, notes } = held
      if (recovered?.error) return recovered.message
      if (recovered?.changed) changes.push(...notes)
      const unlocked = await unlockRelease(held, inputs.namespace, request)
      if (unlocked !== undefined) changes.push(unlocked)
      return repairAliases({ ...dependencies, release: held.release, mlflow: held.guard(mlflow) }, changes)
    })
    return { changes, refusal }
  } catch (error) {
    // Another job holds the lease or changed the release meanwhile, or the repair needs manual intervention.
    if (!(error instanceof UserError) || context.cancelled.aborted) throw error
    return { changes, refusal: error.message }
  }
}

/** Sets the aliases if that is safe, and adds it to `changes`. @returns why not, as a sentence */
async function repairAliases(dependencies: Dependencies, changes: string[]): Promise<string | undefined> {
  const { mlflow } = dependencies
  const snapshot = await readSnapshot(dependencies, { ownsLease: true })
  const result = checkConsistency(snapshot)
  if (!hasRepairableFinding(result.findings)) return undefined
  const { names, model, aliases, versions, live, champion } = snapshot
  const liveVersion = versions.find(({ number }) => number === live?.releaseVersion)
  // A verdict holds only for the files that it was given for.
  const digest = liveVersion && (await undefinedIfNotListable(mlflow.computeVersionDigest(liveVersion)))
  const plan = planRepair(snapshot, digest)
  if (plan.kind === 'refused') return describeRefusal(plan.refusal, snapshot)
  const { version, previous } = plan
  const replaced = aliases.get(names.champion)
  await setChampion(mlflow, {
    model,
    names,
    version,
    tags: buildReconcileTags(dependencies, snapshot, result, version),
    previous: previous === aliases.get(names.previous) ? undefined : (previous ?? 'none'),
    isAliasSet: replaced === version,
  })
  changes.push(
    replaced === version
      ? `Alias ${names.champion} already pointed to version ${version}; alias ${names.previous}, version tags and stages were corrected.`
      : `Alias ${names.champion} was moved from ${replaced === undefined ? 'no version' : `version ${replaced}`} to version ${version}, which is serving.`,
  )
  if (!snapshot.mirrorStages) return undefined
  const retired = champion.kind === 'version' ? [champion.version.number] : []
  return mirrorStages(mlflow, {
    model,
    alias: names.champion,
    retired: retired.filter((number) => number !== version),
  })
}

/** Tags are written if the alias moves, or if they record another champion. */
function buildReconcileTags(
  { inputs, context }: Dependencies,
  snapshot: RegistrySnapshot,
  result: ConsistencyResult,
  version: string,
): Tags {
  const { live, champion, names, aliases, model, release } = snapshot
  const isMoved = aliases.get(names.champion) !== version
  if (!isMoved && !result.findings.some(({ kind }) => kind === 'version-tags')) return {}
  const now = new Date().toISOString()
  const replaced = champion.kind === 'version' ? champion.version.number : 'none'
  const proof = verifyServing(live, release, { model, version, adopt: false })
  return {
    [versionTags.promotedAt]: now,
    [versionTags.promotedBy]: context.run.actor || 'unknown',
    [versionTags.proof]: proof.reason === undefined ? proof.description : inputs['version-from'],
    [championReleaseTag(names.champion)]: formatEnvironmentId(inputs),
    [versionTags.reconciled]: `${now}: ${describeMostSevere(result, snapshot)}`,
    ...(context.run.url ? { [versionTags.runUrl]: context.run.url } : {}),
    // If the alias was set manually, the version that it replaced is unknown.
    ...(isMoved && replaced !== version ? { [versionTags.promotedFrom]: replaced } : {}),
  }
}
