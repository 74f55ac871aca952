import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { container, pod, workloadStatus } from '../../../../test/fakes/workload-status.ts'
import { Fault } from '../../../domain/core/errors.ts'
import type { ObservedContainer, WorkloadStatus } from '../../../domain/rollout/workload-status.ts'
import { isHealthy, watchRollout } from './watch-rollout.ts'
import { type UpgradeStatus, watchUpgrade } from './watch-upgrade.ts'

const buildObservation = (
  ready: boolean,
  restarts = 0,
  over: Partial<ObservedContainer> = {},
): WorkloadStatus => {
  const end = restarts > 0 ? { exitCode: 1, reason: 'CrashLoopBackOff' } : {}
  const state = ready ? 'running' : 'waiting'
  return workloadStatus([
    pod({ ready, containers: [container({ ready, restarts, state, ...end, ...over })] }),
  ])
}
const unprobed = (ready: boolean, restarts = 0) =>
  buildObservation(ready, restarts, { hasReadinessProbe: false })
const unreachableFault = new Fault({ system: 'Kubernetes', call: 'kubectl get', detail: 'EOF', hint: '' })

/** Watches a rollout that has these statuses, one each poll; the last one lasts. */
async function watch(
  statuses: (WorkloadStatus | Fault | undefined)[],
  seconds = 60,
  cancelled?: AbortSignal,
  reportActivity: (status: WorkloadStatus) => Promise<void> = async () => undefined,
) {
  let at = 0
  const started = Date.now()
  const end = await watchRollout({
    observe: async () => {
      const status = statuses[Math.min(at, statuses.length - 1)]
      at += 1
      if (status instanceof Fault) throw status
      return status
    },
    version: '8',
    deadline: started + seconds * 1000,
    cancelled,
    onProgress: () => undefined,
    reportActivity,
    // The clock advances by what the watch sleeps.
    sleep: async (milliseconds) => void vi.advanceTimersByTime(milliseconds),
  })
  return { end, polls: at, took: (Date.now() - started) / 1000 }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

test('pods with a readiness probe verify a rollout when two polls in a row see them ready', async () => {
  const { end, took } = await watch([
    undefined,
    buildObservation(true),
    buildObservation(false),
    buildObservation(true),
    buildObservation(true),
  ])
  expect(end.kind).toBe('verified')
  // A quarter of a second between polls, and a twentieth before one that confirms.
  expect(took).toBeCloseTo(0.6)
})

test('a failed poll does not confirm that a pod is ready', async () => {
  const { end, took } = await watch([buildObservation(true), unreachableFault, buildObservation(true)])
  expect(end.kind).toBe('verified')
  expect(took).toBeCloseTo(0.35)
})

test('pods without a readiness probe verify a rollout after three seconds', async () => {
  const { end, took } = await watch([undefined, unprobed(false), unprobed(true)])
  expect(end.kind).toBe('verified')
  expect(took).toBe(3.5)
})

test('a pod without a readiness probe that is ready only briefly verifies nothing', async () => {
  const flapping = [unprobed(true), unprobed(true), unprobed(false, 1), unprobed(true, 1), unprobed(false, 2)]
  const { end } = await watch(flapping)
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'CrashLoopBackOff' } })
})

test('a restart fails the rollout when it is seen for half a second, long before the deadline', async () => {
  const { end, took } = await watch([buildObservation(false), buildObservation(false, 1)])
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'CrashLoopBackOff', exitCode: 1 } })
  expect(took).toBe(0.75)
})

test('a late restart also needs two polls', async () => {
  const { end, took } = await watch([...Array(25).fill(buildObservation(false)), buildObservation(false, 1)])
  expect(end).toMatchObject({ diagnosis: { reason: 'CrashLoopBackOff' } })
  // The polls at 10 s and at 11 s.
  expect(took).toBe(11)
  const once = [
    ...Array(25).fill(buildObservation(false)),
    buildObservation(false, 1),
    buildObservation(false),
  ]
  expect((await watch(once)).end).toMatchObject({ diagnosis: { reason: 'Timeout' } })
})

test('a failed poll neither confirms a restart nor clears it', async () => {
  const { end, took } = await watch([
    buildObservation(false, 1),
    unreachableFault,
    unreachableFault,
    unreachableFault,
    buildObservation(false, 1),
  ])
  expect(end).toMatchObject({ diagnosis: { reason: 'CrashLoopBackOff' } })
  expect(took).toBe(1)
  expect((await watch([buildObservation(false, 1), unreachableFault], 10)).end).toMatchObject({
    diagnosis: { reason: 'Timeout' },
  })
})

test('pods that become ready at the deadline get their three seconds', async () => {
  const { end, took } = await watch([...Array(25).fill(unprobed(false)), unprobed(true)], 10)
  expect(end.kind).toBe('verified')
  expect(took).toBe(13)
})

test('pods that become ready at the deadline, and then not, are out of time', async () => {
  const late = [...Array(25).fill(unprobed(false)), unprobed(true), unprobed(false)]
  const { end, took } = await watch(late, 10)
  expect(end).toMatchObject({ kind: 'failed' })
  expect(took).toBe(11)
})

test('a single poll of ready pods reports that it was too short', async () => {
  const { end, took } = await watch([buildObservation(true)], -1)
  expect(end).toMatchObject({
    diagnosis: { reason: 'Timeout', message: expect.stringContaining('long enough') },
  })
  expect(took).toBe(0)
})

test('a slow rollout gets all of its time, and a poll each second after the first five', async () => {
  const { end, took, polls } = await watch([buildObservation(false)], 30)
  expect(polls).toBe(46)
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'Timeout' } })
  expect(took).toBe(30)
})

test('a failed poll is retried', async () => {
  expect((await watch([unreachableFault, unreachableFault, buildObservation(true)])).end.kind).toBe(
    'verified',
  )
  const { end } = await watch([unreachableFault], 10)
  expect(end).toMatchObject({ diagnosis: { message: expect.stringContaining('did not answer') } })
})

test('a missing permission is thrown at once', async () => {
  const forbidden = new Fault({ system: 'Kubernetes', call: 'get', detail: 'pods is forbidden', hint: '' })
  await expect(watch([forbidden])).rejects.toBe(forbidden)
})

test('a cancelled job stops the watch', async () => {
  const { end, took } = await watch([buildObservation(false)], 60, AbortSignal.abort())
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'Cancelled' } })
  expect(took).toBe(0)
})

describe('a revision that was not watched', () => {
  /** Has these statuses, one each poll; the last one lasts. */
  async function check(statuses: WorkloadStatus[], version: string | undefined = '8') {
    let at = 0
    const sleep = async (milliseconds: number) => void vi.advanceTimersByTime(milliseconds)
    return isHealthy({ observe: async () => statuses[Math.min(at++, statuses.length - 1)], version, sleep })
  }
  const ready = [pod({ containers: [container({ ready: true })] })]

  test.each([
    ['ready by its probe', true, [buildObservation(true)]],
    ['ready for three seconds, without a probe', true, [unprobed(true)]],
    ['ready in the second poll only', true, [buildObservation(false), buildObservation(true)]],
    ['ready just before it crashes again', false, [unprobed(true, 4), unprobed(false, 5)]],
    ['ready in one poll', false, [buildObservation(true), buildObservation(false)]],
    ['not ready for its minReadySeconds', false, [workloadStatus(ready, { available: 0 })]],
    ['paused', false, [workloadStatus(ready, { blocker: 'paused' })]],
  ])('%s: healthy: %s', async (_title, healthy, statuses) => {
    expect(await check(statuses)).toBe(healthy)
  })

  test('must serve the version, where one is given', async () => {
    expect([
      await check([buildObservation(true)], '7'),
      await check([buildObservation(true)], undefined),
    ]).toEqual([false, true])
  })
})

describe('while helm runs', () => {
  const NOTHING: UpgradeStatus = { hooks: [], workload: undefined }

  /** Polls these statuses; the last one lasts until helm ends. */
  async function watchHelm(statuses: (UpgradeStatus | Fault)[], seconds: number, timeout = 60) {
    const helm = new AbortController()
    const started = Date.now()
    let at = 0
    const end = await watchUpgrade({
      observe: async () => {
        const status = statuses[Math.min(at, statuses.length - 1)] ?? NOTHING
        at += 1
        if (status instanceof Fault) throw status
        return status
      },
      version: '8',
      deadline: started + timeout * 1000,
      ended: helm.signal,
      sleep: async (milliseconds) => {
        vi.advanceTimersByTime(milliseconds)
        if (Date.now() - started >= seconds * 1000) helm.abort()
      },
    })
    return { end, polls: at, took: (Date.now() - started) / 1000 }
  }
  const hookPod = (over: Partial<ObservedContainer>) =>
    workloadStatus(
      [pod({ name: 'hook-1', ready: false, containers: [container({ name: 'hook', ...over })] })],
      {
        workload: 'job/digits-hook',
      },
    )

  test('a helm that ends within a second is not watched', async () => {
    expect(await watchHelm([], 1)).toMatchObject({ end: undefined, polls: 0 })
  })

  test('a restart fails the upgrade, whatever the hooks do, with the status that showed it', async () => {
    const bad = buildObservation(false, 1)
    const hooks = [hookPod({})]
    const { end, took } = await watchHelm([NOTHING, unreachableFault, { hooks, workload: bad }], 60)
    expect(end).toMatchObject({ diagnosis: { reason: 'CrashLoopBackOff' } })
    expect(end?.observation).toBe(bad)
    expect(took).toBe(2)
  })

  test('a hook without an image fails the upgrade; a crashing hook is left to its Job', async () => {
    const crashing = hookPod({ state: 'terminated', exitCode: 1, restarts: 5 })
    const never = hookPod({ state: 'waiting', reason: 'ErrImageNeverPull', message: 'not there' })
    expect((await watchHelm([{ hooks: [crashing], workload: undefined }], 30)).end).toBeUndefined()
    const { end } = await watchHelm([{ hooks: [crashing, never], workload: undefined }], 30)
    expect(end).toMatchObject({
      diagnosis: {
        reason: 'HookFailed',
        pod: 'hook-1',
        message: 'hook job/digits-hook: ErrImageNeverPull: not there',
      },
      observation: never,
    })
  })

  test('it polls four times a second in the first five seconds, and each second after them', async () => {
    expect(await watchHelm([NOTHING], 4.9)).toMatchObject({ end: undefined, polls: 16 })
    expect(await watchHelm([NOTHING], 30)).toMatchObject({ end: undefined, polls: 16 + 25 })
  })

  test('pods that are ready prove nothing', async () => {
    expect((await watchHelm([{ hooks: [], workload: buildObservation(true) }], 30)).end).toBeUndefined()
  })

  test('nothing is reported once helm has ended', async () => {
    expect((await watchHelm([{ hooks: [], workload: buildObservation(false, 1) }], 1.2)).end).toBeUndefined()
  })

  test('a helm that does not end is given up three seconds after the deadline', async () => {
    const { end, took } = await watchHelm([NOTHING], 60, 10)
    expect(end).toMatchObject({ diagnosis: { reason: 'HelmFailed' }, observation: undefined })
    expect(took).toBe(13)
    const hanging = await watchHelm([{ hooks: [hookPod({})], workload: buildObservation(true) }], 60, 10)
    expect(hanging.end?.diagnosis).toMatchObject({ reason: 'HookFailed', pod: 'hook-1' })
  })
})

test('the activity is reported at each poll that sees the workload, and not once it is verified', async () => {
  const seen: WorkloadStatus[] = []
  const statuses = [undefined, buildObservation(false), unreachableFault, buildObservation(true)]
  const { end } = await watch(statuses, 60, undefined, async (status) => void seen.push(status))
  expect(end.kind).toBe('verified')
  expect(seen).toEqual([statuses[1], statuses[1], statuses[3]])
})
