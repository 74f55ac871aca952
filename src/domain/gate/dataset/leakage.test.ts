import { describe, expect, it } from 'vitest'
import type { Cell } from '../../table/cells.ts'
import { createMissingTest } from '../../table/missing-words.ts'
import { findImmatureLabels, findTemporalLeakage, type HoldoutIssue, TrainingOverlap } from './leakage.ts'

const day = 86_400_000
const start = Date.UTC(2026, 9, 1)
const rows = { count: 4, times: Float64Array.of(start + 2 * day, start, start + day, start + 3 * day) }
const now = start + 30 * day
const timeless = { count: 4, times: undefined }

describe('TrainingOverlap of the training ids', () => {
  const ids = ['1', '2', '3', '4', '5']
  const rowOf = new Map(ids.map((id, row) => [id, row]))
  it.each<[Cell[], HoldoutIssue | undefined]>([
    [[], { kind: 'no-training-ids' }],
    [['', null], { kind: 'no-training-ids' }],
    [['6', '', null], undefined],
    [[5n, '5', '5.0', '9'], { kind: 'overlap', shared: ['5'], rows: 5 }],
    [['4', '3', '2', '1'], { kind: 'overlap', shared: ['1', '2', '3', '4'], rows: 5 }],
    [['6', 'NA', ' '], undefined],
    [['NA', ' ', 'None'], { kind: 'no-training-ids' }],
    [['x', '6'], undefined],
    [['user-1', 'user-2'], { kind: 'unlike-ids', trainingId: 'user-1', holdoutId: '1' }],
    [['6', '003'], { kind: 'similar-ids', trainingId: '003', holdoutId: '3' }],
    [['6', ' 3'], { kind: 'similar-ids', trainingId: ' 3', holdoutId: '3' }],
    [['6', '"3"'], { kind: 'similar-ids', trainingId: '"3"', holdoutId: '3' }],
    [['003', '4'], { kind: 'overlap', shared: ['4'], rows: 5 }],
  ])('%o', (trained, issue) => {
    const overlap = new TrainingOverlap({ ids, rowOf })
    for (const id of trained) overlap.add(id)
    expect(overlap.findIssue()).toEqual(issue)
  })
})

describe('TrainingOverlap of ids that are hexadecimal', () => {
  const uuid = '3F2504E0-4F89-41D3-9A0C-0305E82C3301'
  it.each([uuid.toLowerCase(), `{${uuid}}`, uuid.replaceAll('-', '')])(
    'finds %s in another spelling',
    (id) => {
      const overlap = new TrainingOverlap({
        ids: ['a', uuid],
        rowOf: new Map([
          ['a', 0],
          [uuid, 1],
        ]),
      })
      overlap.add(id)
      expect(overlap.findIssue()).toEqual({ kind: 'similar-ids', trainingId: id, holdoutId: uuid })
    },
  )

  it('takes short ids that differ in case for different ones', () => {
    const overlap = new TrainingOverlap({ ids: ['aB3'], rowOf: new Map([['aB3', 0]]) })
    overlap.add('ab3')
    expect(overlap.findIssue()).toBeUndefined()
  })
})

it('TrainingOverlap takes a word for a missing value as an id if it is one', () => {
  const holdout = { ids: ['NA', 'US'], rowOf: new Map(['NA', 'US'].map((id, row) => [id, row])) }
  const find = (overlap: TrainingOverlap) => {
    for (const id of ['NA', 'null', '', 'FR']) overlap.add(id)
    return overlap.findIssue()
  }
  expect(find(new TrainingOverlap(holdout))).toBeUndefined()
  const isMissing = createMissingTest({ notMissing: ['NA'] })
  expect(find(new TrainingOverlap(holdout, isMissing))).toEqual({ kind: 'overlap', shared: ['NA'], rows: 2 })
})

describe('findTemporalLeakage for the cut-off', () => {
  it.each<[string | undefined, HoldoutIssue | undefined]>([
    ['2026-10-01', undefined],
    ['2026-09-01T12:00:00Z', undefined],
    [String(start / 1000), undefined],
    ['2026-10-01T00:00:00.001Z', { kind: 'older-rows', until: start + 1, older: 1, first: start, rows: 4 }],
    [
      String(start + 10 * day),
      { kind: 'older-rows', until: start + 10 * day, older: 4, first: start, rows: 4 },
    ],
    [String(start * 1000), undefined],
    ['2026-10-01 00:00:00 UTC', undefined],
    ['last week', { kind: 'invalid-cutoff', cutoff: 'last week', lookalike: undefined }],
    [
      '20260930',
      {
        kind: 'invalid-cutoff',
        cutoff: '20260930',
        lookalike: { kind: 'compact-date', date: '2026-09-30' },
      },
    ],
    ['46295', { kind: 'invalid-cutoff', cutoff: '46295', lookalike: { kind: 'excel-serial' } }],
    ['20726', { kind: 'invalid-cutoff', cutoff: '20726', lookalike: { kind: 'epoch-days' } }],
    ['1970-01-01', { kind: 'invalid-cutoff', cutoff: '1970-01-01', lookalike: undefined }],
    [undefined, { kind: 'no-cutoff' }],
  ])('%o', (cutoff, issue) => {
    expect(findTemporalLeakage(cutoff, rows, now)).toEqual(issue)
  })

  it('reports a holdout without times', () => {
    expect(findTemporalLeakage('2026-10-01', timeless, now)).toEqual({ kind: 'cutoff-without-times' })
  })
})

describe('findImmatureLabels with a lag of a day', () => {
  it.each([
    [start + 4 * day, undefined],
    [start + 4 * day - 1, 1],
    [start + 1, 4],
  ])('at %d', (now, young) => {
    const issue = young && { kind: 'immature-labels', young, lag: day, rows: 4 }
    expect(findImmatureLabels(rows, day, now)).toEqual(issue)
  })

  it('reports a holdout without times, and long lags', () => {
    expect(findImmatureLabels(timeless, day, start)).toEqual({ kind: 'lag-without-times' })
    expect(findImmatureLabels(rows, 7 * day, start + 4 * day)).toMatchObject({ lag: 7 * day })
  })
})
