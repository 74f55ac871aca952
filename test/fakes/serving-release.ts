import type { LiveRelease } from '../../src/domain/release/live-release.ts'
import { type FakeRelease, fakeRelease } from './release.ts'

/** What a release of `fraud` serves: by default one ready pod of this version. */
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

/** A release in memory, and what was done to it. */
export interface FakeServingRelease {
  release: Omit<FakeRelease['release'], 'readLive'> & { readLive(): Promise<LiveRelease | undefined> }
  calls: readonly string[]
}

/** One that serves this, whatever its history says. */
export function releaseServing(what: LiveRelease | undefined): FakeServingRelease {
  const { release, calls } = fakeRelease([])
  return { release: { ...release, readLive: async () => what }, calls }
}
