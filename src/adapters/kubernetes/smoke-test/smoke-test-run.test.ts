import { describe, expect, test } from 'vitest'
import {
  exited,
  type PodState,
  request,
  running,
  smokeTestCluster,
  startWith,
} from '../../../../test/fakes/smoke-test.ts'
import { Fault } from '../../../domain/core/errors.ts'
import type { ProbeResponse } from '../../../domain/rollout/golden-requests.ts'
import type { SmokeTestContext } from './smoke-test.ts'

describe('the pod is watched', () => {
  const up = async (states: readonly (PodState | undefined)[], time = 60_000) => {
    const trial = await startWith(smokeTestCluster(states).tools, { time })
    if (trial.kind !== 'started') throw new Error('not started')
    return trial.waitUntilReady()
  }
  const ready: PodState = { ready: true }

  test('until its containers are ready, although the pod never is', async () => {
    expect(await up([{}, ready])).toMatchObject({ kind: 'verified', observation: { workload: 'pod/p' } })
  })

  test.each<[string, readonly (PodState | undefined)[], object]>([
    ['its server exits', [{ state: exited(3) }], { reason: 'CrashLoopBackOff', exitCode: 3 }],
    ['its server exits with 0', [{ state: exited(0) }], { reason: 'CrashLoopBackOff' }],
    ['its download fails', [{ init: exited(2), state: { waiting: {} } }], { reason: 'InitContainerFailed' }],
    [
      'it is evicted, which is not a fault of its server',
      [{ state: exited(137), status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } }],
      { reason: 'Timeout', message: 'Evicted: low on memory' },
    ],
    [
      'a person deletes it',
      [{ state: exited(143), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }],
      { reason: 'Timeout', message: expect.stringContaining('deleted') },
    ],
    ['it is gone', [{}, undefined], { reason: 'Timeout', message: expect.stringContaining('deleted') }],
  ])('until %s', async (_title, states, diagnosis) => {
    expect(await up(states)).toMatchObject({ kind: 'failed', diagnosis })
  })

  test('no longer than its deadline', async () => {
    expect(await up([{}], 1)).toMatchObject({ kind: 'failed', diagnosis: { reason: 'ReadinessProbeFailed' } })
  })

  test('until its deadline, if no node has a place for it', async () => {
    const noPlace = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '1 Insufficient gpu',
    }
    expect(await up([{ state: { waiting: {} }, status: { conditions: [noPlace] } }], 1)).toMatchObject({
      diagnosis: {
        reason: 'Unschedulable',
        message: expect.stringMatching(/^1 Insufficient gpu; a smoke test needs room for one pod/),
      },
    })
  })
  test('until its deadline, if it names another version', async () => {
    expect(await up([{ ready: true, version: '7' }], 1)).toMatchObject({
      kind: 'failed',
      diagnosis: { reason: 'WrongVersion' },
    })
  })

  test('during and after its download', async () => {
    expect(
      await up([{ init: running }, { init: exited(0) }, { init: exited(0), ready: true }]),
    ).toMatchObject({
      kind: 'verified',
    })
  })
})

describe('a request is sent', () => {
  const answer: ProbeResponse = { kind: 'response', status: 200, body: '', durationMs: 1 }
  const none: ProbeResponse = { kind: 'connection-failed', reason: 'refused' }
  const asked = async (
    heard: readonly (ProbeResponse | Error)[],
    states: readonly PodState[] = [{ ready: true }],
  ) => {
    const { tools } = smokeTestCluster(states)
    const left = [...heard]
    const ways: unknown[] = []
    const forward = async <T>(...[pod, port]: Parameters<SmokeTestContext['portForward']>): Promise<T> => {
      ways.push([/^fraud-smoke-test-8-[a-z]{5}$/.test(pod), port])
      const next = left.length > 1 ? left.shift() : left[0]
      if (next instanceof Error) throw next
      return next as T
    }
    const trial = await startWith({ ...tools, portForward: forward })
    if (trial.kind !== 'started') throw new Error('not started')
    return { heard: await trial.sendRequest(request), ways }
  }
  const away = new Fault({ system: 'Kubernetes', call: 'port-forward', detail: 'no way', hint: 'Look.' })

  test('to the named port', async () => {
    expect(await asked([answer])).toEqual({ heard: answer, ways: [[true, 8080]] })
  })
  test('again if the connection or the port forward fails', async () => {
    const { heard, ways } = await asked([none, away, answer])
    expect([heard, ways.length]).toEqual([answer, 3])
  })
  test('only a few times if the pod is ready by its probe', async () => {
    const { heard, ways } = await asked([none])
    expect([heard, ways.length]).toEqual([none, 4])
  })
  test('once if the response is a timeout', async () => {
    expect((await asked([{ kind: 'timeout' }, answer])).heard).toEqual({ kind: 'timeout' })
  })
  test('no more if the request crashed the server', async () => {
    const { heard } = await asked([none], [{ state: exited(3) }])
    expect(heard).toMatchObject({ kind: 'failed', diagnosis: { reason: 'CrashLoopBackOff', exitCode: 3 } })
  })
  test('not if the permission is missing', async () => {
    const said = 'User "ci" cannot create resource "pods/portforward" in API group "" in the namespace "ml"'
    const refused = new Fault({ system: 'Kubernetes', call: 'port-forward', detail: said, hint: 'Add it.' })
    await expect(asked([refused, answer])).rejects.toThrow(refused)
  })
})
