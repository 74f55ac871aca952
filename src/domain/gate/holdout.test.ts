import { describe, expect, it } from 'vitest'
import { cutoffReason, immatureReason, Overlap } from './holdout.ts'

const day = 86_400_000
const start = Date.UTC(2026, 9, 1)
const rows = { count: 4, times: Float64Array.of(start + 2 * day, start, start + day, start + 3 * day) }
const timeless = { count: 4, times: undefined }

describe('rows that a model was trained on', () => {
  const ids = ['1', '2', '3', '4', '5']
  const rowOf = new Map(ids.map((id, row) => [id, row]))
  it.each([
    [[], 'which rows the champion was trained on is unknown: the training ids are empty'],
    [['', null], 'which rows the champion was trained on is unknown: the training ids are empty'],
    [['6', '', null], undefined],
    [
      [5n, '5', '5.0', '9'],
      `the champion was trained on 1 of the holdout's 5 rows (ids "5"): it may know their answers by heart`,
    ],
    [
      ['4', '3', '2', '1'],
      `the champion was trained on 4 of the holdout's 5 rows (ids "1", "2", "3", ...): it may know their answers by heart`,
    ],
  ])('%o', (trained, reason) => {
    const overlap = new Overlap({ ids, rowOf })
    for (const id of trained) overlap.take(id)
    expect(overlap.reason('champion')).toBe(reason)
  })
})

describe('a training that went on until', () => {
  it.each([
    ['2026-10-01', undefined],
    ['2026-09-01T12:00:00Z', undefined],
    [String(start / 1000), undefined],
    [
      '2026-10-01T00:00:00.001Z',
      `the candidate was trained on data until 2026-10-01T00:00:00.001Z, and 1 of the holdout's 4 rows are from before that (the first from 2026-10-01T00:00:00Z)`,
    ],
    [
      String(start + 10 * day),
      `the candidate was trained on data until 2026-10-11T00:00:00Z, and 4 of the holdout's 4 rows are from before that (the first from 2026-10-01T00:00:00Z)`,
    ],
    [
      'last week',
      'until when the data of the candidate\'s training go is unknown: the param "until" is "last week", which is no ISO time and no epoch',
    ],
    [
      undefined,
      `until when the data of the candidate's training go is unknown: its run lacks the param "until"`,
    ],
  ])('%o', (cutoff, reason) => {
    expect(cutoffReason('candidate', cutoff, 'the param "until"', rows)).toBe(reason)
  })

  it('a known time, over rows without one, proves nothing', () => {
    expect(cutoffReason('candidate', '2026-10-01', 'x', timeless)).toMatch(
      /not when the holdout's rows are from/,
    )
  })
})

describe('labels that need a day', () => {
  it.each([
    [start + 4 * day, undefined],
    [
      start + 4 * day - 1,
      `1 of the holdout's 4 rows are younger than 24 hours: their labels may still change`,
    ],
    [start + 1, `4 of the holdout's 4 rows are younger than 24 hours: their labels may still change`],
  ])('at %d', (now, reason) => expect(immatureReason(rows, day, now)).toBe(reason))

  it('and have no time prove nothing', () => {
    expect(immatureReason(timeless, day, start)).toMatch(/the holdout has no time of its rows/)
    expect(immatureReason(rows, 7 * day, start + 4 * day)).toMatch(/younger than 7 days/)
  })
})
