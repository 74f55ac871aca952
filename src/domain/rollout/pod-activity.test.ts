import { expect, test } from 'vitest'
import { container, pod, workloadStatus } from '../../../test/fakes/workload-status.ts'
import { createActivityTimer, findPodActivity, formatPodActivity } from './pod-activity.ts'
import type { ObservedContainer, ObservedPod } from './workload-status.ts'

const init = (over: Partial<ObservedContainer> = {}) =>
  container({ name: 'fetch-model', init: true, servesModel: false, ...over })
const waiting = (reason: string, message = '') => container({ state: 'waiting', reason, message })
const unready = (over: Partial<ObservedPod>) => workloadStatus([pod({ ready: false, ...over })])

test.each<[Partial<ObservedPod>, string | undefined, string]>([
  [
    { containers: [init(), waiting('PodInitializing')] },
    'GET /models',
    'init container fetch-model running for 60 s, last line: GET /models',
  ],
  [{ containers: [init()] }, undefined, 'init container fetch-model running for 60 s, no output'],
  [
    { containers: [init({ state: 'terminated', exitCode: 0 }), container()] },
    'Readiness probe failed: HTTP probe failed with statuscode: 503',
    'container serve not ready for 60 s: Readiness probe failed: HTTP probe failed with statuscode: 503',
  ],
  [{ containers: [container()] }, undefined, 'container serve not ready for 60 s'],
  [
    { containers: [waiting('ContainerCreating')] },
    'Pulling image "registry.test/digits:8"',
    'pulling image "registry.test/digits:8" for 60 s',
  ],
  [
    { containers: [waiting('ContainerCreating')] },
    'MountVolume.SetUp failed for volume "x"',
    'container serve starting for 60 s: MountVolume.SetUp failed for volume "x"',
  ],
  [{ containers: [] }, undefined, 'pod starting for 60 s'],
  [
    { containers: [waiting('CrashLoopBackOff', 'back-off 10s')] },
    undefined,
    'container serve waiting for 60 s: CrashLoopBackOff: back-off 10s',
  ],
  [
    { containers: [], unschedulable: '0/1 nodes are available' },
    undefined,
    'not scheduled for 60 s: 0/1 nodes are available',
  ],
])('%#: %j', (over, detail, line) => {
  const activity = findPodActivity(unready(over))
  expect(activity && formatPodActivity(activity, 60_000, detail)).toBe(`pod new-1: ${line}`)
})

test('a gate, and an old pod that does not end, are reported', () => {
  const line = (status: ReturnType<typeof workloadStatus>) => {
    const activity = findPodActivity(status)
    return activity && formatPodActivity(activity, 60_000, undefined)
  }
  const gated = unready({ containers: [container({ ready: true })], readinessGates: ['a/b (False)'] })
  expect(line(gated)).toBe(
    'pod new-1: pod waiting for 60 s: its containers are ready, but not its readiness gate a/b (False)',
  )
  const held = unready({ containers: [], schedulingGates: ['a/c'] })
  expect(line(held)).toBe('pod new-1: pod waiting for 60 s: scheduling gate a/c has not been removed')
  const end = { kind: 'terminating', reason: '', message: '', since: 'noon', finalizers: [] } as const
  const old = pod({ name: 'old-1', updated: false, end })
  expect(line(workloadStatus([], { inactivePods: [old] }))).toMatch(
    /^pod old-1: pod waiting for 60 s: it is being deleted since noon/,
  )
  expect(line(workloadStatus([pod()], { inactivePods: [old] }))).toBeUndefined()
})

test('the detail is one bounded line without control characters', () => {
  const activity = findPodActivity(unready({ containers: [init()] }))
  const line = activity && formatPodActivity(activity, 60_000, `a\n::error::b\u001b${'x'.repeat(999)}`)
  expect(line).toMatch(/last line: a ::error::b x+…x+$/)
  expect(line?.length).toBeLessThan(400)
})

test('only the first new pod that is not ready counts', () => {
  const old = pod({ name: 'old', updated: false, ready: false })
  const others = [pod({ name: 'new-2', ready: false }), pod({ name: 'new-3', ready: false })]
  expect(findPodActivity(workloadStatus([old, pod(), ...others]))?.pod).toBe('new-2')
  expect(findPodActivity(workloadStatus([old, pod()]))).toBeUndefined()
})

test('an activity is reported after 10 s and then every 30 s; another one starts again', () => {
  const timer = createActivityTimer()
  const fetching = findPodActivity(unready({ containers: [init()] }))
  const starting = findPodActivity(unready({ containers: [container()] }))
  const reports: [number, number][] = []
  for (let second = 0; second <= 90; second += 1) {
    const elapsed = timer(second < 75 ? fetching : starting, second * 1000)
    if (elapsed !== undefined) reports.push([second, elapsed / 1000])
  }
  expect(reports).toEqual([
    [10, 10],
    [40, 40],
    [70, 70],
    [85, 10],
  ])
  expect(timer(undefined, 100_000)).toBeUndefined()
})
