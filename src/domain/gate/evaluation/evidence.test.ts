import { describe, expect, it } from 'vitest'
import { fakeRows, requireStatistic } from '../../../../test/fakes/gate-models.ts'
import { fakePolicy } from '../../../../test/fakes/gate-policy.ts'
import type { Predictions } from '../dataset/rows.ts'
import { findEvidence } from './evidence.ts'

const values = Float64Array.from({ length: 200 }, (_, row) => 200 + ((row * 37) % 100))
const rows = fakeRows({ kind: 'numbers', values })
const predict = (of: (label: number, row: number) => number): Predictions => {
  return { classes: undefined, scores: values.map(of), probabilities: undefined, digest: of.toString() }
}

/** The evidence of a first model, or of two models with the same predictions. */
function find(candidate: Predictions, more: { champion?: Predictions; hasSameFiles?: boolean } = {}) {
  const model = { name: 'candidate', metrics: new Map<string, number>() }
  const { champion, ...rest } = more
  const input = {
    policy: fakePolicy({
      primary: { metric: 'mae', direction: 'lower', statistic: 'mae', minValue: undefined },
    }),
    candidate: model,
    champion: champion && model,
    anchor: undefined,
    scored: { rows, candidate, champion, anchor: undefined, seed: '5eed' },
    loggedRowCount: undefined,
    ...rest,
  }
  const value = { value: 5, error: 1 }
  const measured = champion ? { candidate: value, champion: value } : { candidate: value }
  return findEvidence(input, { statistic: requireStatistic('mae'), direction: 'lower' }, measured)
}

describe('findEvidence of a first model', () => {
  it.each<[string, (label: number, row: number) => number, string | undefined]>([
    ['good predictions', (label, row) => label + (row % 3), undefined],
    ['another level', (label) => label - 150, undefined],
    ['another unit', (label) => label / 1000, 'other-range'],
    ['flipped signs around the labels', (label) => 500 - label, 'worse-than-chance'],
  ])('%s', (_, of, kind) => {
    expect(find(predict(of)).issues.map(({ problem, blocks }) => [problem.kind, blocks])).toEqual(
      kind === undefined ? [] : [[kind, 'promotion']],
    )
  })
})

it('expects identical predictions of identical files only', () => {
  const one = predict((label, row) => label + (row % 3))
  const kinds = (hasSameFiles: boolean) =>
    find(one, { champion: one, hasSameFiles }).issues.map(({ problem }) => problem.kind)
  expect(kinds(false)).toEqual(['identical-predictions'])
  expect(kinds(true)).toEqual([])
})
