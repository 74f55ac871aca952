import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addEvaluation,
  countEvaluations,
  type EvaluationRecord,
  parseEvaluationHistory,
} from './evaluation-history.ts'

const createRecord = (
  candidate: string,
  verdict: EvaluationRecord['verdict'],
  day: number,
  holdout = 'h',
): EvaluationRecord => ({
  candidate,
  verdict,
  holdout,
  at: new Date(Date.UTC(2026, 0, day)).toISOString(),
})

describe('evaluation history', () => {
  it('counts each candidate once, with its first time and its last verdict', () => {
    const before = [createRecord('a', 'reject', 1), createRecord('b', 'inconclusive', 8)]
    expect(addEvaluation(before, createRecord('a', 'inconclusive', 9))).toEqual([
      createRecord('a', 'inconclusive', 1),
      createRecord('b', 'inconclusive', 8),
    ])
    expect(addEvaluation(before, createRecord('c', 'reject', 15))).toHaveLength(3)
  })

  it('keeps the latest 100', () => {
    const many = Array.from({ length: 150 }, (_, day) => createRecord(`run-${day}`, 'reject', day + 1))
    const kept = many.reduce<EvaluationRecord[]>(addEvaluation, [])
    expect([kept.length, kept[0]?.candidate, kept.at(-1)?.candidate]).toEqual([100, 'run-50', 'run-149'])
  })

  it('parses what was written and drops anything else', () => {
    const all = [createRecord('a', 'reject', 1), createRecord('b', 'promote', 2)]
    expect(parseEvaluationHistory(JSON.stringify(all))).toEqual(all)
    for (const odd of [undefined, '', 'no', '{}', '[1,null,{"candidate":"a"}]', '[{"at":"x"}]'])
      expect(parseEvaluationHistory(odd)).toEqual([])
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseEvaluationHistory(text).every(({ candidate }) => candidate.length <= 64)).toBe(true)
      }),
    )
  })

  it('counts consecutive rejections in the order of time', () => {
    const all = [
      createRecord('d', 'reject', 22),
      createRecord('a', 'reject', 1),
      createRecord('b', 'promote', 8),
      createRecord('c', 'inconclusive', 15),
    ]
    expect(countEvaluations(all, 'h').consecutiveRejections).toBe(2)
    expect(countEvaluations([createRecord('a', 'promote', 1)], 'h').consecutiveRejections).toBe(0)
    expect(countEvaluations([], 'h').consecutiveRejections).toBe(0)
  })

  it('counts the evaluations of one holdout', () => {
    const weekly = [1, 8, 15].map((day) =>
      createRecord(`run-${day}`, 'reject', day, day === 8 ? 'other' : 'h'),
    )
    expect(countEvaluations(weekly, 'h')).toMatchObject({ holdoutReuse: 2 })
    expect(countEvaluations(weekly, '')).toMatchObject({ holdoutReuse: 0 })
  })
})
