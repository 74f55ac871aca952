import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Fault } from '../../domain/failure.ts'
import type { Observation } from '../../domain/rollout.ts'
import { watchRollout } from './watch.ts'

const seen = (ready: boolean, restarts = 0): Observation => ({
  workload: 'deployment/digits',
  namespace: 'ml',
  desired: 1,
  observed: true,
  createFailure: undefined,
  pods: [
    {
      name: 'pod',
      ready,
      fresh: true,
      version: '8',
      unschedulable: undefined,
      containers: [
        {
          name: 'serve',
          init: false,
          ready,
          restarts,
          state: ready ? 'running' : 'waiting',
          reason: '',
          message: '',
          exitCode: restarts > 0 ? 1 : undefined,
          endReason: '',
          endMessage: '',
        },
      ],
    },
  ],
})
const silent = new Fault({ system: 'Kubernetes', call: 'kubectl get', said: 'EOF', next: '' })

/** Watches a rollout that looks like this second after second; the last look lasts. */
async function watch(looks: (Observation | Fault | undefined)[], seconds = 60, cancelled?: AbortSignal) {
  let at = 0
  const started = Date.now()
  const end = await watchRollout({
    look: async () => {
      const now = looks[Math.min(at, looks.length - 1)]
      at += 1
      if (now instanceof Fault) throw now
      return now
    },
    version: '8',
    deadline: started + seconds * 1000,
    cancelled,
    say: () => undefined,
    // The clock goes as fast as the watch asks.
    sleep: async (milliseconds) => void vi.advanceTimersByTime(milliseconds),
  })
  return { end, took: (Date.now() - started) / 1000 }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

test('ready is believed after it has lasted three seconds', async () => {
  const { end, took } = await watch([undefined, seen(false), seen(true)])
  expect(end.kind).toBe('proven')
  expect(took).toBe(5)
})

test('ready for a moment only, by a pod without readiness probe, is not', async () => {
  const flapping = [seen(true), seen(true), seen(false, 1), seen(true, 1), seen(false, 2)]
  const { end } = await watch(flapping)
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'CrashLoopBackOff' } })
})

test('doomed is believed after five seconds, long before the time is over', async () => {
  const { end, took } = await watch([seen(false), seen(false, 2)])
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'CrashLoopBackOff', exitCode: 1 } })
  expect(took).toBe(6)
})

test('ready just in time is given its three seconds', async () => {
  const { end, took } = await watch([...Array(10).fill(seen(false)), seen(true)], 10)
  expect(end.kind).toBe('proven')
  expect(took).toBe(13)
})

test('ready just in time, and then not, is out of time', async () => {
  const late = [...Array(10).fill(seen(false)), seen(true), seen(false)]
  const { end, took } = await watch(late, 10)
  expect(end).toMatchObject({ kind: 'failed' })
  expect(took).toBe(11)
})

test('one look at pods that are ready says that it was too short', async () => {
  const { end, took } = await watch([seen(true)], -1)
  expect(end).toMatchObject({ diagnosis: { reason: 'Timeout', said: expect.stringContaining('3 seconds') } })
  expect(took).toBe(0)
})

test('slow gets all of its time', async () => {
  const { end, took } = await watch([seen(false)], 30)
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'Timeout' } })
  expect(took).toBe(30)
})

test('a cluster that does not answer for a while is asked again', async () => {
  expect((await watch([silent, silent, seen(true)])).end.kind).toBe('proven')
  const { end } = await watch([silent], 10)
  expect(end).toMatchObject({ diagnosis: { said: expect.stringContaining('did not answer') } })
})

test('a right that is missing is a fault at once', async () => {
  const forbidden = new Fault({ system: 'Kubernetes', call: 'get', said: 'pods is forbidden', next: '' })
  await expect(watch([forbidden])).rejects.toBe(forbidden)
})

test('a cancelled job waits for nothing', async () => {
  const { end, took } = await watch([seen(false)], 60, AbortSignal.abort())
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'Cancelled' } })
  expect(took).toBe(0)
})
