import { checkLoadability } from '../../src/adapters/mlflow/registry/loadability.ts'
import {
  describeSameFiles,
  findVersionQuarantineMatches,
} from '../../src/adapters/mlflow/registry/quarantine.ts'
import { isDemoted } from '../../src/domain/registry/demotion.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { type BlockedTarget, formatBlockedTarget } from '../../src/domain/release/rollback-target.ts'
import type { VerifiedRevision } from '../../src/domain/release/verified-revisions.ts'
import { findAcceptedTarget } from '../../src/release/rollout/rollback.ts'
import type { RollbackState } from './load-state.ts'

/** The first revision whose version may serve and that the cluster accepts, and why the ones before it were skipped. */
export async function selectTarget(
  state: RollbackState,
  targets: readonly VerifiedRevision[],
): Promise<{
  target?: VerifiedRevision
  skipped: readonly string[]
  /** Of these, the ones that the cluster does not accept. */
  blocked: readonly BlockedTarget[]
}> {
  const skipped: string[] = []
  const blocked: BlockedTarget[] = []
  const { timeout } = state.inputs
  const reasons = new Map<string, string | undefined>()
  for (const target of targets) {
    const { revision, version } = target
    if (!reasons.has(version)) reasons.set(version, await findIneligibleReason(state, version))
    const reason = reasons.get(version)
    if (reason !== undefined) {
      skipped.push(`skipped revision ${revision}: version ${version} ${reason}`)
      continue
    }
    const { target: accepted, passedOver } = await findAcceptedTarget(state.release, [target], { timeout })
    if (accepted) return { target, skipped, blocked }
    blocked.push(...passedOver)
    skipped.push(...passedOver.map((each) => `the cluster does not accept ${formatBlockedTarget(each)}`))
  }
  return { skipped, blocked }
}

/** Why a version may not serve again, as the end of a sentence about it; undefined if it may. */
async function findIneligibleReason(
  { mlflow, versions, badVersion }: RollbackState,
  number: string,
): Promise<string | undefined> {
  if (!mlflow) return undefined
  const find = (wanted: string) => versions.find((one) => one.number === wanted)
  const version = find(number)
  if (!version) return 'is no longer in the registry'
  const digest = version.tags[versionTags.artifactDigest]
  if (digest !== undefined && digest === find(badVersion)?.tags[versionTags.artifactDigest])
    return `has the same files as version ${badVersion}`
  if (isDemoted(version))
    return `was demoted (${version.tags[versionTags.demotedReason] ?? 'no reason given'})`
  // Unverifiable files do not count against a version that was verified serving.
  const loadability = await checkLoadability(mlflow, version)
  if (loadability.kind === 'broken') return loadability.reason
  const [quarantined] = await findVersionQuarantineMatches(mlflow, version, versions)
  if (!quarantined) return undefined
  const as = quarantined.number === number ? '' : ` ${describeSameFiles(quarantined)}`
  return `is in quarantine${as}: ${quarantined.tags[versionTags.quarantined]}`
}
