import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { container, pod, workloadStatus } from '../../../../test/fakes/workload-status.ts'
import type { ObservedContainer } from '../../../domain/rollout/workload-status.ts'
import { createStartupReader } from './startup-reader.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 0 }))
afterEach(() => void vi.useRealTimers())

const line = (second: number, text: string) => `${new Date(second * 1000).toISOString()} ${text}\n`
const refusedAt = (...seconds: number[]) =>
  seconds.map((second) => line(second, '127.0.0.1: connection refused')).join('')

/**
 * Polls each second.
 * @param readLog the log at this second
 * @returns the seconds at which the container is marked, and what was read
 */
async function poll(
  current: Partial<ObservedContainer>,
  readLog: (second: number) => string,
  seconds = 60,
): Promise<{ marked: number[]; calls: string[]; messages: unknown[] }> {
  const marked: number[] = []
  const calls: string[] = []
  const messages: unknown[] = []
  const read = createStartupReader({
    run: async (args) => {
      calls.push(args.join(' '))
      return readLog(Date.now() / 1000)
    },
    get: async () => ({ items: [] }),
  })
  for (let second = 0; second < seconds; second += 1) {
    const init = container({ name: 'fetch-model', init: true, ...current })
    const status = await read(workloadStatus([pod({ ready: false, containers: [init] })]))
    const { refusedConnection } = status.pods[0]?.containers[0] ?? {}
    if (refusedConnection) {
      marked.push(second)
      messages.push(refusedConnection)
    }
    vi.advanceTimersByTime(1000)
  }
  return { marked, calls, messages }
}

test('a running init container is marked while its log repeats a refused connection', async () => {
  const attempts = [2, 14, 28]
  const { marked, calls, messages } = await poll({}, (now) =>
    refusedAt(...attempts.filter((at) => at <= now)),
  )
  // The read at 30 s sees a new attempt, the one at 35 s does not: a silent download may have begun.
  expect(marked).toEqual([30, 31, 32, 33, 34])
  expect(messages[0]).toEqual({ seconds: 26, isLoopback: true })
  expect(calls[0]).toBe('logs --namespace ml new-1 --container fetch-model --timestamps --tail=200')
  expect(calls).toHaveLength(10)
})

test('a log that was not seen to grow proves nothing', async () => {
  expect((await poll({}, () => refusedAt(-60, -40, -20))).marked).toEqual([])
})

test('an init container that ends within 10 s costs no read', async () => {
  expect((await poll({}, () => refusedAt(1), 10)).calls).toEqual([])
})

test('an init container that failed after a while is marked at once, by the log of that run', async () => {
  const failed = { exitCode: 1, lastRunMs: 264_000 }
  const { marked, calls } = await poll({ ...failed, state: 'running', restarts: 1 }, () => refusedAt(264), 3)
  expect(marked).toEqual([0, 1, 2])
  expect(calls).toEqual([
    'logs --namespace ml new-1 --container fetch-model --timestamps --tail=200 --previous',
  ])
  const down = await poll({ ...failed, state: 'terminated' }, () => refusedAt(264), 3)
  expect(down.calls).toEqual(['logs --namespace ml new-1 --container fetch-model --timestamps --tail=200'])
})

test.each<[string, Partial<ObservedContainer>]>([
  ['an init container that failed at once', { exitCode: 1, lastRunMs: 5000, state: 'terminated' }],
  ['an ignored container', { ignored: true, exitCode: 1, lastRunMs: 264_000 }],
  ['a server', { init: false, exitCode: 1, lastRunMs: 264_000 }],
])('%s is not marked', async (_what, current) => {
  expect((await poll(current, () => refusedAt(264))).marked).toEqual([])
})

test('a log that cannot be read marks nothing', async () => {
  const { marked } = await poll({}, () => {
    throw new Error('forbidden')
  })
  expect(marked).toEqual([])
})

describe('the events of a pod whose containers do not start', () => {
  const event = (second: number, reason: string, message: string, uid = 'u1') => ({
    reason,
    message,
    lastTimestamp: new Date(second * 1000).toISOString(),
    involvedObject: { kind: 'Pod', name: 'new-1', uid },
  })
  const mount = 'MountVolume.SetUp failed for volume "config" : configmap "fraud" not found, token=hunter2'
  /** Polls each second. @returns the start failures, as "second: reason: message" */
  const pollEvents = async (
    readEvents: (second: number) => object[],
    current: Partial<ObservedContainer> = { state: 'waiting', reason: 'ContainerCreating' },
  ) => {
    const found: string[] = []
    let reads = 0
    const read = createStartupReader({
      run: async () => '',
      get: async () => {
        reads += 1
        return { items: readEvents(Date.now() / 1000) }
      },
    })
    for (let second = 0; second < 20; second += 1) {
      const starting = pod({ uid: 'u1', ready: false, containers: [container(current)] })
      const { startFailure } = (await read(workloadStatus([starting]))).pods[0] ?? {}
      if (startFailure) found.push(`${second}: ${startFailure.reason}: ${startFailure.message}`)
      vi.advanceTimersByTime(1000)
    }
    return { found, reads }
  }

  test('are read after five seconds, and masked', async () => {
    const { found, reads } = await pollEvents(() => [event(1, 'FailedMount', mount)])
    expect(found[0]).toBe(`5: FailedMount: ${mount.replace('hunter2', '***')}`)
    expect([found.length, reads]).toEqual([15, 3])
  })

  test.each<[string, object[]]>([
    [
      'the mount has succeeded since',
      [event(1, 'FailedMount', mount), event(2, 'Pulled', 'Container image present')],
    ],
    ['it is about an earlier pod of the same name', [event(1, 'FailedMount', mount, 'u0')]],
    ['it explains nothing', [event(1, 'MissingClusterDNS', 'Unable to determine DNS')]],
  ])('add nothing: %s', async (_title, events) => {
    expect((await pollEvents(() => events)).found).toEqual([])
  })

  test('are not read for a container that runs, nor shown if they cannot be read', async () => {
    expect((await pollEvents(() => [event(1, 'FailedMount', mount)], {})).reads).toBe(0)
    const unreadable = await pollEvents(() => {
      throw new Error('forbidden')
    })
    expect(unreadable.found).toEqual([])
  })
})
