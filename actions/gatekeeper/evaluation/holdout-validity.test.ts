import { describe, expect, it } from 'vitest'
import { fakeRun } from '../../../test/fakes/mlflow.ts'
import {
  captured,
  evaluatePolicy,
  modelToScore,
  prepareWorkspace,
  runScored,
  runScoring,
  scoringPolicy,
  writeFixture,
} from '../../../test/fakes/scoring.ts'

prepareWorkspace()

describe('a holdout', () => {
  const none = evaluatePolicy()
  it('is not read without predictions', async () => {
    expect(await runScoring(scoringPolicy(undefined))).toEqual({ kind: 'none' })
  })

  it('can be an artifact of the candidate’s run', async () => {
    captured.files['run-candidate/h.csv'] = 'id,label,country\n2,no,FR\n1,yes,DE\n3,yes,DE\n'
    const one = await runScored(scoringPolicy(none, { source: { artifact: 'h.csv' } }))
    expect(one.rows.digest).toBe((await runScored(scoringPolicy(none))).rows.digest)
    await expect(runScoring(scoringPolicy(none, { source: { artifact: 'none.csv' } }))).rejects.toThrow(
      'Policy holdout: candidate: its run candidate has no artifact "none.csv".',
    )
  })

  it('needs the file and columns that the policy names', async () => {
    await expect(runScoring(scoringPolicy(none, { group: 'user' }))).rejects.toThrow(
      'Policy holdout: "holdout.csv": there is no column "user". It has "id", "label", "country".',
    )
    await expect(runScoring(scoringPolicy(none, { source: { path: 'no.csv' } }))).rejects.toThrow(
      'Policy holdout: "no.csv": cannot be opened (ENOENT)',
    )
    writeFixture('holdout.csv', 'id,label,country\n1,yes,DE\n1,no,DE\n')
    await expect(runScoring(scoringPolicy(none))).rejects.toThrow('duplicate ids: 1 ("1")')
  })

  it('is invalid if a model was trained on an id that is a word for a missing value', async () => {
    writeFixture('holdout.csv', 'id,label,country\nNA,yes,DE\nUS,no,FR\nFR,yes,DE\n')
    writeFixture('p.csv', 'id,prediction\nNA,yes\nUS,no\nFR,yes\n')
    writeFixture('train.csv', 'id\nNA\nDE\n')
    const files = { kind: 'files', candidate: 'p.csv', champion: 'p.csv', anchor: undefined } as const
    const policy = scoringPolicy(files, { trainingIds: { path: 'train.csv' }, notMissing: ['NA'] })
    expect((await runScored(policy)).invalid).toEqual([
      `leakage: the candidate was trained on 1 of the holdout's 3 rows (ids "NA")`,
    ])
  })

  it('is invalid if a model was trained on it, or if its training rows are unknown', async () => {
    captured.files['run-candidate/train.csv'] = 'id,x\n7,\n1,\n2.0,\n'
    expect(
      (await runScored(scoringPolicy(none, { trainingIds: { artifact: 'train.csv' } }))).invalid,
    ).toEqual([
      `leakage: the candidate was trained on 2 of the holdout's 3 rows (ids "1", "2")`,
      `the champion's training rows are unknown: its run champion has no artifact "train.csv"`,
    ])
    writeFixture('train.csv', 'id\n9\n')
    expect((await runScored(scoringPolicy(none, { trainingIds: { path: 'train.csv' } }))).invalid).toEqual([])
    writeFixture('train.csv', 'id\n')
    expect((await runScored(scoringPolicy(none, { trainingIds: { path: 'train.csv' } }))).invalid).toEqual([
      "the candidate's training rows are unknown: the file of training ids is empty",
    ])
    await expect(runScoring(scoringPolicy(none, { trainingIds: { path: 'no.csv' } }))).rejects.toThrow(
      'Policy holdout.training_ids: "no.csv": cannot be opened',
    )
  })

  it('is invalid if it is older than the training data, or if its labels are immature', async () => {
    writeFixture(
      'holdout.csv',
      'id,label,country,at\n1,yes,DE,2026-01-01\n2,no,FR,2026-01-02\n3,yes,DE,2026-01-03\n',
    )
    const models = {
      candidate: {
        ...modelToScore('candidate'),
        run: fakeRun('candidate', { params: new Map([['until', '2026-01-02']]) }),
      },
      champion: modelToScore('champion'),
    }
    const trainingCutoff = { param: 'until' }
    const now = Date.UTC(2026, 0, 4)
    const strict = scoringPolicy(none, { time: 'at', trainingCutoff, labelLag: 86_400_001 })
    expect((await runScored(strict, models, { now })).invalid).toEqual([
      "leakage: the candidate was trained on data until 2026-01-02T00:00:00Z, and 1 of the holdout's 3 rows are older (the first from 2026-01-01T00:00:00Z)",
      `the champion's training cut-off is unknown: its run lacks the param "until"`,
      "1 of the holdout's 3 rows are younger than 24 hours: their labels may still change",
    ])
    const fine = scoringPolicy(none, {
      time: 'at',
      trainingCutoff: { time: '2026-01-01' },
      labelLag: 86_400_000,
    })
    expect((await runScored(fine, models, { now })).invalid).toEqual([])
  })
})
