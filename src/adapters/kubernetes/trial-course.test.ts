import { describe, expect, test } from 'vitest'
import { begin, cluster, exited, type Look, request, running } from '../../../test/fakes/trial.ts'
import { Fault } from '../../domain/failure.ts'
import type { Heard } from '../../domain/verify.ts'
import type { TrialTools } from './trial.ts'

describe('it is watched', () => {
  const up = async (looks: readonly (Look | undefined)[], time = 60_000) => {
    const trial = await begin(cluster(looks).tools, { time })
    if (trial.kind !== 'begun') throw new Error('not begun')
    return trial.up()
  }
  const ready: Look = { ready: true }

  test('until its containers are ready, though no Service ever finds it so', async () => {
    expect(await up([{}, ready])).toMatchObject({ kind: 'proven', observation: { workload: 'pod/p' } })
  })

  test.each<[string, readonly (Look | undefined)[], object]>([
    ['its server ends', [{ state: exited(3) }], { reason: 'CrashLoopBackOff', exitCode: 3 }],
    ['its server ends with 0', [{ state: exited(0) }], { reason: 'CrashLoopBackOff' }],
    ['its download fails', [{ init: exited(2), state: { waiting: {} } }], { reason: 'InitContainerFailed' }],
    [
      'it is evicted, which is no fault of its server',
      [{ state: exited(137), status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } }],
      { reason: 'Timeout', said: 'Evicted: low on memory' },
    ],
    [
      'someone deletes it',
      [{ state: exited(143), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }],
      { reason: 'Timeout', said: expect.stringContaining('deleted') },
    ],
    ['it is gone', [{}, undefined], { reason: 'Timeout', said: expect.stringContaining('deleted') }],
  ])('until %s', async (_title, looks, diagnosis) => {
    expect(await up(looks)).toMatchObject({ kind: 'failed', diagnosis })
  })

  test('no longer than its time', async () => {
    expect(await up([{}], 1)).toMatchObject({ kind: 'failed', diagnosis: { reason: 'ReadinessProbeFailed' } })
  })

  test('for its time, where it names another version', async () => {
    expect(await up([{ ready: true, version: '7' }], 1)).toMatchObject({
      kind: 'failed',
      diagnosis: { reason: 'WrongVersion' },
    })
  })

  test('while its download runs, and after it is done', async () => {
    expect(
      await up([{ init: running }, { init: exited(0) }, { init: exited(0), ready: true }]),
    ).toMatchObject({
      kind: 'proven',
    })
  })
})

describe('it is asked', () => {
  const answer: Heard = { kind: 'answer', status: 200, body: '', milliseconds: 1 }
  const none: Heard = { kind: 'none', why: 'refused' }
  const asked = async (heard: readonly (Heard | Error)[], looks: readonly Look[] = [{ ready: true }]) => {
    const { tools } = cluster(looks)
    const left = [...heard]
    const ways: unknown[] = []
    const forward = async <T>(...[pod, port]: Parameters<TrialTools['forward']>): Promise<T> => {
      ways.push([/^fraud-verify-8-[a-z]{5}$/.test(pod), port])
      const next = left.length > 1 ? left.shift() : left[0]
      if (next instanceof Error) throw next
      return next as T
    }
    const trial = await begin({ ...tools, forward })
    if (trial.kind !== 'begun') throw new Error('not begun')
    return { heard: await trial.ask(request), ways }
  }
  const away = new Fault({ system: 'Kubernetes', call: 'port-forward', said: 'no way', next: 'Look.' })

  test('by the port that its container names', async () => {
    expect(await asked([answer])).toEqual({ heard: answer, ways: [[true, 8080]] })
  })
  test('again where it takes no connection, or there is no way to it for a moment', async () => {
    const { heard, ways } = await asked([none, away, answer])
    expect([heard, ways.length]).toEqual([answer, 3])
  })
  test('a few times only, where it has said that it is ready', async () => {
    const { heard, ways } = await asked([none])
    expect([heard, ways.length]).toEqual([none, 4])
  })
  test('once where it has answered late', async () => {
    expect((await asked([{ kind: 'late' }, answer])).heard).toEqual({ kind: 'late' })
  })
  test('no more where it ended over the request', async () => {
    const { heard } = await asked([none], [{ state: exited(3) }])
    expect(heard).toMatchObject({ kind: 'failed', diagnosis: { reason: 'CrashLoopBackOff', exitCode: 3 } })
  })
  test('not where the right to is missing', async () => {
    const said = 'User "ci" cannot create resource "pods/portforward" in API group "" in the namespace "ml"'
    const refused = new Fault({ system: 'Kubernetes', call: 'port-forward', said, next: 'Add it.' })
    await expect(asked([refused, answer])).rejects.toThrow(refused)
  })
})
