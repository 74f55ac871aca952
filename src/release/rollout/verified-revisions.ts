import type { Release, ReleaseHistory, ReleaseStore } from '../../adapters/kubernetes/release/release.ts'
import type { LiveRelease } from '../../domain/release/live-release.ts'
import type { Revision } from '../../domain/release/revision-history.ts'
import {
  findVerifiedRevision,
  stillServedVersion,
  type VerifiedRevision,
  verifiedVersion,
} from '../../domain/release/verified-revisions.ts'

/**
 * Records a revision as verified, even if another job has deployed since. Call it only after its pods were seen serving.
 * @param own undefined: the newest revision
 */
export async function recordAsVerified(
  release: ReleaseHistory & ReleaseStore,
  { model, version, digest, run }: Pick<VerifiedRevision, 'model' | 'version' | 'digest' | 'run'>,
  own?: number,
  knownHistory?: readonly Revision[],
): Promise<void> {
  const history = knownHistory ?? (await release.history())
  const found = own === undefined ? history.at(-1) : history.find((each) => each.revision === own)
  if (!found) return
  const { revision, updated } = found
  const verifiedAt = new Date().toISOString()
  const verified = { revision, updated, model, version, digest, run, verifiedAt }
  await release.recordVerifiedRevision(verified, history)
}

/** What a release serves, and what is known of its revisions. */
interface ReleaseState {
  live: LiveRelease | undefined
  history: readonly Revision[]
  verifiedRevisions: readonly VerifiedRevision[]
}

/**
 * Records the live revision as verified before it is replaced, even if another tool deployed it: its pods pass the success
 * criteria, or they still serve after a failed upgrade. Does nothing if it is recorded already.
 * @returns the verified revisions afterwards
 */
export async function adoptLiveRevision(
  release: Release,
  state: ReleaseState,
  digest = '',
): Promise<readonly VerifiedRevision[]> {
  const { live, history, verifiedRevisions } = state
  const settledVersion = live && verifiedVersion(live)
  const version = settledVersion ?? (live && stillServedVersion(live, history))
  if (!live || version === undefined) return verifiedRevisions
  const { revision, releaseModel: model = '' } = live
  if (findVerifiedRevision(state, revision)) return verifiedRevisions
  const isHealthy =
    settledVersion === undefined || (await release.isHealthy(settledVersion || undefined, revision))
  if (!isHealthy) return verifiedRevisions
  await recordAsVerified(release, { model, version, digest, run: '' }, revision, history)
  return release.readVerifiedRevisions()
}
