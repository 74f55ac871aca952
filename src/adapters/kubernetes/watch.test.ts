import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { container, look, pod } from '../../../test/fakes/rollout.ts'
import { Fault } from '../../domain/failure.ts'
import type { ContainerSeen, Observation } from '../../domain/rollout.ts'
import { isFoundGood, type UnderHelm, watchForDoom, watchRollout } from './watch.ts'

const seen = (ready: boolean, restarts = 0, over: Partial<ContainerSeen> = {}): Observation => {
  const end = restarts > 0 ? { exitCode: 1, reason: 'CrashLoopBackOff' } : {}
  const state = ready ? 'running' : 'waiting'
  return look([pod({ ready, containers: [container({ ready, restarts, state, ...end, ...over })] })])
}
const unprobed = (ready: boolean, restarts = 0) => seen(ready, restarts, { probed: false })
const silent = new Fault({ system: 'Kubernetes', call: 'kubectl get', said: 'EOF', next: '' })

/** Looks of that many seconds from the beginning: four a second, after 5 s two, after 20 s one. */
const looksIn = (seconds: number) =>
  4 * Math.min(seconds, 5) + 2 * Math.max(0, Math.min(seconds, 20) - 5) + Math.max(0, seconds - 20)

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
  return { end, looks: at, took: (Date.now() - started) / 1000 }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

test('ready by its readiness probe is believed when it is seen twice in a row', async () => {
  const { end, took } = await watch([undefined, seen(true), seen(false), seen(true), seen(true)])
  expect(end.kind).toBe('proven')
  // A quarter of a second from look to look, and a twentieth to one that confirms.
  expect(took).toBeCloseTo(0.6)
})

test('a cluster that does not answer is no second look at a pod that is ready', async () => {
  const { end, took } = await watch([seen(true), silent, seen(true)])
  expect(end.kind).toBe('proven')
  expect(took).toBeCloseTo(0.35)
})

test('ready without readiness probe is believed after it has lasted three seconds', async () => {
  const { end, took } = await watch([undefined, unprobed(false), unprobed(true)])
  expect(end.kind).toBe('proven')
  expect(took).toBe(3.5)
})

test('ready for a moment only, by a pod without readiness probe, is not', async () => {
  const flapping = [unprobed(true), unprobed(true), unprobed(false, 1), unprobed(true, 1), unprobed(false, 2)]
  const { end } = await watch(flapping)
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'CrashLoopBackOff' } })
})

test('a second crash is believed when it is seen twice, long before the time is over', async () => {
  const { end, took } = await watch([seen(false), seen(false, 1)])
  expect(end).toMatchObject({ kind: 'failed', diagnosis: { reason: 'CrashLoopBackOff', exitCode: 1 } })
  expect(took).toBe(0.75)
})

test('a second crash that comes late is believed when it is seen twice, too', async () => {
  const { end, took } = await watch([...Array(looksIn(25)).fill(seen(false)), seen(false, 1)])
  expect(end).toMatchObject({ diagnosis: { reason: 'CrashLoopBackOff' } })
  // It is seen in second 25 and in second 26.
  expect(took).toBe(26)
  const once = [...Array(looksIn(25)).fill(seen(false)), seen(false, 1), seen(false)]
  expect((await watch(once)).end).toMatchObject({ diagnosis: { reason: 'Timeout' } })
})

test('a cluster that does not answer is no second look at a crash, and no reason to forget the first', async () => {
  const { end, took } = await watch([seen(false, 1), silent, silent, silent, seen(false, 1)])
  expect(end).toMatchObject({ diagnosis: { reason: 'CrashLoopBackOff' } })
  expect(took).toBe(1)
  expect((await watch([seen(false, 1), silent], 10)).end).toMatchObject({ diagnosis: { reason: 'Timeout' } })
})

test('ready just in time is given its three seconds', async () => {
  const { end, took } = await watch([...Array(looksIn(10)).fill(unprobed(false)), unprobed(true)], 10)
  expect(end.kind).toBe('proven')
  expect(took).toBe(13)
})

test('ready just in time, and then not, is out of time', async () => {
  const late = [...Array(looksIn(10)).fill(unprobed(false)), unprobed(true), unprobed(false)]
  const { end, took } = await watch(late, 10)
  expect(end).toMatchObject({ kind: 'failed' })
  expect(took).toBe(10.5)
})

test('one look at pods that are ready says that it was too short', async () => {
  const { end, took } = await watch([seen(true)], -1)
  expect(end).toMatchObject({
    diagnosis: { reason: 'Timeout', said: expect.stringContaining('long enough') },
  })
  expect(took).toBe(0)
})

test('slow gets all of its time, and after a while fewer looks', async () => {
  const { end, took, looks } = await watch([seen(false)], 30)
  expect(looks).toBe(looksIn(30) + 1)
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

describe('a revision that nobody has watched', () => {
  /** Is found to look like this, look after look; the last look lasts. */
  async function found(looks: Observation[], version: string | undefined = '8') {
    let at = 0
    const sleep = async (milliseconds: number) => void vi.advanceTimersByTime(milliseconds)
    return isFoundGood({ look: async () => looks[Math.min(at++, looks.length - 1)], version, sleep })
  }
  const ready = [pod({ containers: [container({ ready: true })] })]

  test.each([
    ['ready by its probe', true, [seen(true)]],
    ['ready for three seconds, without a probe', true, [unprobed(true)]],
    ['ready in a second look only', true, [seen(false), seen(true)]],
    ['ready just before it crashes again', false, [unprobed(true, 4), unprobed(false, 5)]],
    ['ready at one look', false, [seen(true), seen(false)]],
    ['not ready for its minReadySeconds', false, [look(ready, { available: 0 })]],
    ['paused', false, [look(ready, { held: 'paused' })]],
  ])('%s: good: %s', async (_title, good, looks) => {
    expect(await found(looks)).toBe(good)
  })

  test('is asked for its version, where it has one', async () => {
    expect([await found([seen(true)], '7'), await found([seen(true)], undefined)]).toEqual([false, true])
  })
})

describe('while helm is at work', () => {
  const NOTHING: UnderHelm = { hooks: [], workload: undefined }

  /** Looks like this again and again; the last look lasts until helm ends. */
  async function underHelm(looks: (UnderHelm | Fault)[], seconds: number, timeout = 60) {
    const helm = new AbortController()
    const started = Date.now()
    let at = 0
    const end = await watchForDoom({
      look: async () => {
        const now = looks[Math.min(at, looks.length - 1)] ?? NOTHING
        at += 1
        if (now instanceof Fault) throw now
        return now
      },
      version: '8',
      deadline: started + timeout * 1000,
      ended: helm.signal,
      sleep: async (milliseconds) => {
        vi.advanceTimersByTime(milliseconds)
        if (Date.now() - started >= seconds * 1000) helm.abort()
      },
    })
    return { end, looks: at, took: (Date.now() - started) / 1000 }
  }
  const hookPod = (over: Partial<ContainerSeen>) =>
    look([pod({ name: 'hook-1', ready: false, containers: [container({ name: 'hook', ...over })] })], {
      workload: 'job/digits-hook',
    })

  test('a helm that ends soon is let work alone', async () => {
    expect(await underHelm([], 1)).toMatchObject({ end: undefined, looks: 0 })
  })

  test('a second crash is believed, whatever a hook does, and where it was seen is told', async () => {
    const bad = seen(false, 1)
    const hooks = [hookPod({})]
    const { end, took } = await underHelm([NOTHING, silent, { hooks, workload: bad }], 60)
    expect(end).toMatchObject({ diagnosis: { reason: 'CrashLoopBackOff' } })
    expect(end?.observation).toBe(bad)
    expect(took).toBe(2.5)
  })

  test('a hook whose image cannot be is doomed, one that crashes is the business of its Job', async () => {
    const crashing = hookPod({ state: 'terminated', exitCode: 1, restarts: 5 })
    const never = hookPod({ state: 'waiting', reason: 'ErrImageNeverPull', message: 'not there' })
    expect((await underHelm([{ hooks: [crashing], workload: undefined }], 30)).end).toBeUndefined()
    const { end } = await underHelm([{ hooks: [crashing, never], workload: undefined }], 30)
    expect(end).toMatchObject({
      diagnosis: {
        reason: 'HookFailed',
        pod: 'hook-1',
        said: 'hook job/digits-hook: ErrImageNeverPull: not there',
      },
      observation: never,
    })
  })

  test('after a while it looks less often', async () => {
    expect(await underHelm([NOTHING], 30)).toMatchObject({
      end: undefined,
      looks: looksIn(30) - looksIn(1.5),
    })
  })

  test('pods that are ready prove nothing', async () => {
    expect((await underHelm([{ hooks: [], workload: seen(true) }], 30)).end).toBeUndefined()
  })

  test('nothing is told once helm has ended', async () => {
    expect((await underHelm([{ hooks: [], workload: seen(false, 1) }], 2)).end).toBeUndefined()
  })

  test('a helm that does not end is given up a moment after the time is over', async () => {
    const { end, took } = await underHelm([NOTHING], 60, 10)
    expect(end).toMatchObject({ diagnosis: { reason: 'HelmFailed' }, observation: undefined })
    expect(took).toBe(13)
    const hanging = await underHelm([{ hooks: [hookPod({})], workload: seen(true) }], 60, 10)
    expect(hanging.end?.diagnosis).toMatchObject({ reason: 'HookFailed', pod: 'hook-1' })
  })
})
