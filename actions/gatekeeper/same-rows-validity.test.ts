import { describe, expect, it } from 'vitest'
import { fakeRun } from '../../src/adapters/mlflow/fake.ts'
import {
  evaluate,
  judged,
  policy,
  prepareWorkspace,
  score,
  scored,
  seen,
  write,
} from '../../test/fakes/same-rows.ts'

prepareWorkspace()

describe('a holdout', () => {
  const none = evaluate()
  it('is not asked for where nobody predicts', async () => {
    expect(await score(policy(undefined))).toEqual({ kind: 'none' })
  })

  it('may be an artifact of the candidate’s run', async () => {
    seen.files['run-candidate/h.csv'] = 'id,label,country\n2,no,FR\n1,yes,DE\n3,yes,DE\n'
    const one = await scored(policy(none, { source: { artifact: 'h.csv' } }))
    expect(one.rows.digest).toBe((await scored(policy(none))).rows.digest)
    await expect(score(policy(none, { source: { artifact: 'none.csv' } }))).rejects.toThrow(
      'Policy holdout: of the candidate, its run candidate has no artifact "none.csv".',
    )
  })

  it('must have what the policy names', async () => {
    await expect(score(policy(none, { group: 'user' }))).rejects.toThrow(
      'Policy holdout: "holdout.csv": there is no column "user"; it has "id", "label", "country".',
    )
    await expect(score(policy(none, { source: { path: 'no.csv' } }))).rejects.toThrow(
      'Policy holdout: "no.csv": cannot be opened (ENOENT)',
    )
    write('holdout.csv', 'id,label,country\n1,yes,DE\n1,no,DE\n')
    await expect(score(policy(none))).rejects.toThrow('ids that stand on several rows: 1 ("1")')
  })

  it('proves nothing where a model was trained on it, or nobody knows', async () => {
    seen.files['run-candidate/train.csv'] = 'id,x\n7,\n1,\n2.0,\n'
    expect((await scored(policy(none, { trainingIds: { artifact: 'train.csv' } }))).invalid).toEqual([
      `the candidate was trained on 2 of the holdout's 3 rows (ids "1", "2"): it may know their answers by heart`,
      'which rows the champion was trained on is unknown: its run champion has no artifact "train.csv"',
    ])
    write('train.csv', 'id\n9\n')
    expect((await scored(policy(none, { trainingIds: { path: 'train.csv' } }))).invalid).toEqual([])
    write('train.csv', 'id\n')
    expect((await scored(policy(none, { trainingIds: { path: 'train.csv' } }))).invalid).toEqual([
      'which rows the candidate was trained on is unknown: the training ids are empty',
    ])
    await expect(score(policy(none, { trainingIds: { path: 'no.csv' } }))).rejects.toThrow(
      'Policy holdout.training_ids: "no.csv": cannot be opened',
    )
  })

  it('proves nothing where it is not later than the training, or its labels are young', async () => {
    write(
      'holdout.csv',
      'id,label,country,at\n1,yes,DE,2026-01-01\n2,no,FR,2026-01-02\n3,yes,DE,2026-01-03\n',
    )
    const models = {
      candidate: {
        ...judged('candidate'),
        run: fakeRun('candidate', { params: new Map([['until', '2026-01-02']]) }),
      },
      champion: judged('champion'),
    }
    const trainingCutoff = { param: 'until' }
    const now = Date.UTC(2026, 0, 4)
    const strict = policy(none, { time: 'at', trainingCutoff, labelLag: 86_400_001 })
    expect((await scored(strict, models, { now })).invalid).toEqual([
      "the candidate was trained on data until 2026-01-02T00:00:00Z, and 1 of the holdout's 3 rows are from before that (the first from 2026-01-01T00:00:00Z)",
      `until when the data of the champion's training go is unknown: its run lacks the param "until"`,
      "1 of the holdout's 3 rows are younger than 24 hours: their labels may still change",
    ])
    const fine = policy(none, { time: 'at', trainingCutoff: { time: '2026-01-01' }, labelLag: 86_400_000 })
    expect((await scored(fine, models, { now })).invalid).toEqual([])
  })
})
