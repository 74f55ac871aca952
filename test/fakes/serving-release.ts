import type { LiveRelease } from '../../src/domain/release/live-release.ts'
import { type FakeRelease, fakeRelease } from './release.ts'

/** The live state of a release of `fraud`: by default, one ready pod serves this version. */
export const liveServing = (version: string, changes: Partial<LiveRelease> = {}): LiveRelease => ({
  revision: 7,
  releaseModel: 'fraud',
  releaseVersion: version,
  workload: 'deployment/fraud',
  pods: [{ name: 'pod', ready: true, version }],
  rolloutComplete: true,
  versionFrom: 'env:MODEL_VERSION',
  ...changes,
})

/** A release in memory, and the calls that changed it. */
export interface FakeServingRelease {
  release: Omit<FakeRelease['release'], 'readLive'> & { readLive(): Promise<LiveRelease | undefined> }
  calls: readonly string[]
}

/** A release with this live state and an empty history. */
export function releaseServing(live: LiveRelease | undefined): FakeServingRelease {
  const { release, calls } = fakeRelease([])
  return { release: { ...release, readLive: async () => live }, calls }
}
