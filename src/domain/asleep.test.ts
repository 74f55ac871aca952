import { expect, test } from 'vitest'
import { whyAsleep } from './asleep.ts'
import type { Live } from './live.ts'

const live = (desired: number | undefined): Live => ({
  revision: 1,
  releaseModel: 'digits',
  releaseVersion: '7',
  workload: 'deployment/digits',
  pods: [],
  settled: false,
  desired,
  proof: '',
})

test('a release that an autoscaler sent to sleep is told by its workload, with a cure', () => {
  expect(whyAsleep('digits', live(0), true)).toMatch(
    /^Release digits is asleep: deployment\/digits asks for 0 pods, .*minReplicaCount: 1/,
  )
})

test.each<[string, Live | undefined, boolean]>([
  ['the chart names its replicas', live(0), false],
  ['it asks for pods, be they ready or not', live(1), true],
  ['its workload is gone, and Helm makes it anew', live(undefined), true],
  ['nothing is live', undefined, true],
])('no sleep: %s', (_title, found, leavesReplicas) => {
  expect(whyAsleep('digits', found, leavesReplicas)).toBeUndefined()
})
