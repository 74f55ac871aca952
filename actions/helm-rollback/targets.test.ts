import { describe, expect, test } from 'vitest'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { type FakeMlflow, fakeRun, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { hoursAgo, registry, rollBack, served, untouched } from '../../test/fakes/helm-rollback.ts'

describe('a target that may not serve is passed over, and the summary says why', () => {
  const quarantined = { [ledger.quarantined]: 'OOMKilled' }
  const deleted = () => {
    const mlflow = registry({ 6: {}, 7: {}, 8: {} })
    mlflow.runs.set('run7', fakeRun('run7', { deleted: true }))
    return mlflow
  }
  const without = (change: (mlflow: FakeMlflow) => void) => {
    const mlflow = registry({ 6: {}, 7: {}, 8: {} })
    change(mlflow)
    return mlflow
  }
  const pending = without((mlflow) => {
    mlflow.all[1] = { ...(mlflow.all[1] ?? fakeVersion('7')), status: 'FAILED_REGISTRATION' }
  })
  const emptied = without((mlflow) => {
    const { list } = mlflow
    const others = [
      { path: 'model.pkl', isFolder: false, size: 1 },
      { path: 'MLmodel', isFolder: true, size: undefined },
    ]
    mlflow.list = async (place) =>
      place.kind === 'logged-model' && place.id === 'm-run7' ? others : list(place)
  })
  const twin = {
    5: { ...quarantined, [ledger.artifactDigest]: 'same' },
    6: {},
    7: { [ledger.artifactDigest]: 'same' },
    8: {},
  }
  test.each<[string, FakeMlflow, RegExp]>([
    ['in quarantine', registry({ 6: {}, 7: quarantined, 8: {} }), /version 7 is in quarantine: OOMKilled/],
    [
      'its files are, under another number',
      registry(twin),
      /is in quarantine as version 5, which has the same files/,
    ],
    [
      'the same files as the bad one',
      registry({ 6: {}, 7: { [ledger.artifactDigest]: 'digest-of-run8' }, 8: {} }),
      /has the same files as version 8/,
    ],
    [
      'taken back itself',
      registry({ 6: {}, 7: { [ledger.demotedAt]: hoursAgo(0.5), [ledger.demotedReason]: 'slow' }, 8: {} }),
      /was taken back itself .*slow/,
    ],
    ['its run is deleted', deleted(), /has lost its run: run7 is deleted/],
    ['its run is gone', without((mlflow) => mlflow.runs.delete('run7')), /has lost its run/],
    ['not READY', pending, /is FAILED_REGISTRATION, not READY/],
    ['no MLmodel', emptied, /has no MLmodel file/],
    [
      'not registered any more',
      without((mlflow) => mlflow.all.splice(1, 1)),
      /is not in the registry any more/,
    ],
  ])('%s', async (_title, mlflow, why) => {
    const fake = served(['6', '7', '8'])
    const { outputs, summary } = await rollBack(fake, {}, { mlflow })
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '6' })
    expect(summary?.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))).toMatch(why)

    const only = served(['7', '8'])
    const refused = await rollBack(only, {}, { mlflow })
    expect(refused.outputs).toMatchObject({ outcome: 'refused', 'retrain-advised': 'true', evidence: '' })
    expect(refused.outputs.reason).toMatch(why)
    expect(refused.failure).toBeUndefined()
    expect(untouched(only)).toBe(true)

    const asked = await rollBack(served(['6', '7', '8']), { 'to-revision': '2' }, { mlflow })
    expect(asked.failure).toBeInstanceOf(UserError)
    expect(asked.failure?.message).toMatch(/^Input to-revision: /)
  })
})

test('a target whose files the server does not list is gone back to: it was seen serving', async () => {
  const mlflow = registry({ 6: {}, 7: {}, 8: {} })
  mlflow.placeOf = async () => {
    throw new Unlisted({ call: 'GET x', said: 'the files are at s3://b', next: 'Register it.' })
  }
  const { outputs } = await rollBack(served(['6', '7', '8']), {}, { mlflow })
  expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '7' })
})
