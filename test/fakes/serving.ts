import type { Release } from '../../src/adapters/kubernetes/release.ts'
import type { Live } from '../../src/domain/live.ts'
import { releaseWith } from './release.ts'

/** What a release of `fraud` serves: one ready pod of this version, unless told otherwise. */
export const live = (version: string, changes: Partial<Live> = {}): Live => ({
  revision: 7,
  releaseModel: 'fraud',
  releaseVersion: version,
  workload: 'deployment/fraud',
  pods: [{ name: 'pod', ready: true, version }],
  settled: true,
  proof: 'env:MODEL_VERSION',
  ...changes,
})

/** A release in memory, and what was done to it. */
export interface FakeServing {
  release: Release
  calls: readonly string[]
}

/** One that serves this, whatever its history says. */
export function serving(what: Live | undefined): FakeServing {
  const { release, calls } = releaseWith([])
  return { release: { ...release, live: async () => what }, calls }
}
