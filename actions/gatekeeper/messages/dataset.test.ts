import { describe, expect, it } from 'vitest'
import type { DataComparison } from '../../../src/domain/gate/dataset/evaluation-data.ts'
import type { HoldoutIssue } from '../../../src/domain/gate/dataset/leakage.ts'
import type { JoinFailure } from '../../../src/domain/gate/dataset/predictions.ts'
import { describeDataComparison, describeHoldoutIssue, describeJoinFailure } from './dataset.ts'

const day = 86_400_000
const start = Date.UTC(2026, 9, 1)

describe('describeHoldoutIssue', () => {
  it.each<[HoldoutIssue, string]>([
    [
      { kind: 'no-training-ids' },
      `the candidate's training rows are unknown: the file of training ids is empty`,
    ],
    [
      { kind: 'overlap', shared: ['5'], rows: 5 },
      `leakage: the candidate was trained on 1 of the holdout's 5 rows (ids "5")`,
    ],
    [
      { kind: 'overlap', shared: ['1', '2', '3', '4'], rows: 5 },
      `leakage: the candidate was trained on 4 of the holdout's 5 rows (ids "1", "2", "3", ...)`,
    ],
    [
      { kind: 'older-rows', until: start + 1, older: 1, first: start, rows: 4 },
      `leakage: the candidate was trained on data until 2026-10-01T00:00:00.001Z, and 1 of the holdout's 4 rows are older (the first from 2026-10-01T00:00:00Z)`,
    ],
    [
      { kind: 'older-rows', until: start + 10 * day, older: 4, first: start, rows: 4 },
      `leakage: the candidate was trained on data until 2026-10-11T00:00:00Z, and 4 of the holdout's 4 rows are older (the first from 2026-10-01T00:00:00Z)`,
    ],
    [
      { kind: 'invalid-cutoff', cutoff: 'last week', lookalike: undefined },
      'the candidate\'s training cut-off is unknown: the param "until" is "last week", neither an ISO time nor an epoch, from 1990 to tomorrow',
    ],
    [
      {
        kind: 'invalid-cutoff',
        cutoff: '20261128',
        lookalike: { kind: 'compact-date', date: '2026-11-28' },
      },
      'the candidate\'s training cut-off is unknown: the param "until" is "20261128", neither an ISO time nor an epoch, from 1990 to tomorrow ("20261128" looks like a compact date: write it as 2026-11-28)',
    ],
    [{ kind: 'no-cutoff' }, `the candidate's training cut-off is unknown: its run lacks the param "until"`],
    [
      { kind: 'cutoff-without-times' },
      'the candidate has a training cut-off, but the holdout has no times: set holdout.time to its time column',
    ],
    [
      { kind: 'lag-without-times' },
      'labels take time to become final, but the holdout has no times: set holdout.time to its time column',
    ],
    [
      { kind: 'immature-labels', young: 1, lag: day, rows: 4 },
      `1 of the holdout's 4 rows are younger than 24 hours: their labels may still change`,
    ],
    [
      { kind: 'immature-labels', young: 4, lag: 7 * day, rows: 4 },
      `4 of the holdout's 4 rows are younger than 7 days: their labels may still change`,
    ],
  ])('%o', (issue, text) => {
    expect(describeHoldoutIssue(issue, 'candidate', 'the param "until"')).toBe(text)
  })
})

describe('describeJoinFailure', () => {
  it.each<[JoinFailure, string]>([
    [
      { kind: 'no-predictions', ids: ['1', '3'], rows: 3, others: { count: 0, ids: [] } },
      `2 of the holdout's 3 rows have no prediction (ids "1", "3")`,
    ],
    [
      {
        kind: 'no-predictions',
        ids: ['1001', '1002'],
        rows: 2,
        others: { count: 5, ids: ['0', '1', '2', '3'] },
      },
      `2 of the holdout's 2 rows have no prediction (ids "1001", "1002"), and 5 predictions have ids that the holdout does not have ("0", "1", "2", ...). Write the ids as the holdout has them`,
    ],
    [
      { kind: 'no-predictions', ids: ['7'], rows: 2, others: { count: 1, ids: ['07'] } },
      `1 of the holdout's 2 rows have no prediction (ids "7"), and 1 prediction has an id that the holdout does not have ("07"). Write the ids as the holdout has them`,
    ],
    [
      { kind: 'several-predictions', ids: ['2'] },
      'ids with several predictions: 1 ("2"); write one for each id',
    ],
    [{ kind: 'missing-classes', ids: ['2'], cell: '' }, 'the prediction is missing for 1 row (ids "2")'],
    [
      { kind: 'missing-classes', ids: ['2'], cell: 'nan' },
      'the prediction is missing for 1 row (ids "2"), the first is "nan": it means a missing value, unless holdout.not_missing of the policy lists it',
    ],
    [
      { kind: 'missing-classes', ids: ['2'], cell: '[1]' },
      'the prediction is missing for 1 row (ids "2"), the first is "[1]"',
    ],
    [
      { kind: 'not-finite', column: 'score', ids: ['1', '2', '3'], cell: undefined },
      'column "score": no finite number for 3 rows (ids "1", "2", "3")',
    ],
    [
      { kind: 'not-finite', column: 'score', ids: ['1'], cell: 'tensor(9.3)' },
      'column "score": no finite number for 1 row (ids "1"), the first is "tensor(9.3)"',
    ],
    [
      { kind: 'not-a-probability', column: 'proba_1', ids: ['7'], value: 1.01 },
      'column "proba_1" has 1.01 for 1 row (ids "7"), which is not a probability: it is above 1 by 0.01, and rounding explains at most 0.00001',
    ],
    [
      { kind: 'not-a-probability', column: 'proba_1', ids: ['7'], value: -0.00002 },
      'column "proba_1" has -0.00002 for 1 row (ids "7"), which is not a probability: it is below 0 by 0.00002, and rounding explains at most 0.00001',
    ],
    [
      { kind: 'misspelled-class', ids: ['7'], predicted: 'Yes', label: 'yes' },
      'the predicted classes are another encoding than the labels: "Yes" of 1 row (ids "7") is no label, but reads like "yes". Write the classes as the labels have them',
    ],
    [
      { kind: 'missing-probabilities', classes: ['0', '1'] },
      'the labels have "0", "1", for which there is no column proba_<class>',
    ],
  ])('%o', (failure, text) => expect(describeJoinFailure(failure)).toBe(text))
})

describe('describeDataComparison', () => {
  const different = { kind: 'different', candidate: 'a'.repeat(64), champion: 'b'.repeat(64) } as const
  it.each<[DataComparison, RegExp]>([
    [{ kind: 'same', basis: 'sha256' }, /^by your own sha256$/],
    [{ kind: 'same', basis: 'mlflow-digest' }, /first 10,000 rows$/],
    [{ ...different, what: 'sha256' }, /on data of sha256 a{12}…, the anchor on b{12}…;/],
    [
      { kind: 'different', what: 'datasets', candidate: 'x 6dee42c1', champion: 'x 00000000' },
      /the candidate on x 6dee42c1, the anchor on x 00000000; .*log the anchor's value .* training data, say so/,
    ],
    [
      { kind: 'partly-shared', shared: 'x 6dee42c1', others: 'y 1, y 2' },
      /^both runs name x 6dee42c1, but not both y 1, y 2, so the metric may be of other data \(log/,
    ],
    [
      { kind: 'different', what: 'rows', candidate: '600', champion: '700' },
      /^the models were evaluated on different data: the candidate on 600 rows, the anchor on 700;/,
    ],
    [
      { kind: 'unknown', unrecorded: 'champion', logged: 'nothing' },
      /^the anchor's run does not record its evaluation data/,
    ],
    [
      { kind: 'unknown', unrecorded: 'champion', logged: 'training' },
      /^the anchor's run records its training data, but no evaluation data \(call log_input/,
    ],
    [
      { kind: 'unknown', unrecorded: 'candidate', logged: 'no-context' },
      /^the candidate's run records datasets without a context, so it is unknown which one/,
    ],
    [{ kind: 'unknown', unrecorded: 'candidate', logged: 'nothing' }, /^the candidate's run does not record/],
  ])('%o', (data, text) => expect(describeDataComparison(data, 'anchor')).toMatch(text))
})
