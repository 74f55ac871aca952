import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { count, type Judgement, readJudgements, withJudgement } from './judgements.ts'

const judged = (candidate: string, verdict: Judgement['verdict'], day: number, holdout = 'h'): Judgement => ({
  candidate,
  verdict,
  holdout,
  at: new Date(Date.UTC(2026, 0, day)).toISOString(),
})

describe('the judgements against a champion', () => {
  it('count each candidate once, at its first time, with its last verdict', () => {
    const before = [judged('a', 'reject', 1), judged('b', 'inconclusive', 8)]
    expect(withJudgement(before, judged('a', 'inconclusive', 9))).toEqual([
      judged('a', 'inconclusive', 1),
      judged('b', 'inconclusive', 8),
    ])
    expect(withJudgement(before, judged('c', 'reject', 15))).toHaveLength(3)
  })

  it('stay within what a tag can hold', () => {
    const many = Array.from({ length: 150 }, (_, day) => judged(`run-${day}`, 'reject', day + 1))
    const kept = many.reduce<Judgement[]>(withJudgement, [])
    expect([kept.length, kept[0]?.candidate, kept.at(-1)?.candidate]).toEqual([100, 'run-50', 'run-149'])
  })

  it('are read back as they were written, and nothing else is', () => {
    const all = [judged('a', 'reject', 1), judged('b', 'promote', 2)]
    expect(readJudgements(JSON.stringify(all))).toEqual(all)
    for (const odd of [undefined, '', 'no', '{}', '[1,null,{"candidate":"a"}]', '[{"at":"x"}]'])
      expect(readJudgements(odd)).toEqual([])
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(readJudgements(text).every(({ candidate }) => candidate.length <= 64)).toBe(true)
      }),
    )
  })

  it('tell how many in a row were refused, in the order of time', () => {
    const all = [
      judged('d', 'reject', 22),
      judged('a', 'reject', 1),
      judged('b', 'promote', 8),
      judged('c', 'inconclusive', 15),
    ]
    expect(count(all, 'h').refusedInARow).toBe(2)
    expect(count([judged('a', 'promote', 1)], 'h').refusedInARow).toBe(0)
    expect(count([], 'h').refusedInARow).toBe(0)
  })

  it('tell how often one holdout judged, and at what rate', () => {
    const weekly = [1, 8, 15].map((day) => judged(`run-${day}`, 'reject', day, day === 8 ? 'other' : 'h'))
    expect(count(weekly, 'h')).toMatchObject({ onThisHoldout: 2, perYear: expect.closeTo(52.18, 2) })
    expect(count(weekly, '')).toMatchObject({ onThisHoldout: 0 })
    expect(count(weekly.slice(1, 2), 'h').perYear).toBeUndefined()
  })
})
