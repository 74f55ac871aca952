import { describe, expect, it } from 'vitest'
import { createRandom } from '../../statistics/random.ts'
import { areSwapped, compareWithLogged, isUnlikeLogged } from './logged-agreement.ts'

const rule = (metric: string) => ({ metric, direction: 'higher', statistic: undefined }) as const
const compare = (value: number, logged: number) => ({ model: 'candidate', value, logged })

describe('isUnlikeLogged', () => {
  it.each([
    ['accuracy', 0.8, 0.8, 0.01, false],
    ['accuracy', 0.8, 0.91, 0.01, true],
    ['accuracy', 0.8, 0.89, 0.001, false],
    // 40 rows
    ['accuracy', 0.8, 0.95, 0.063, false],
    ['accuracy', 0.8, 95, 0.063, true],
    ['mae', 100, 140, 1, true],
    ['mae', 100, 120, 1, false],
    ['mae', 100, 140, 10, false],
    ['accuracy', 0.8, 0.1, Number.NaN, false],
  ])('%s %d and %d logged, with an error of %d: %s', (metric, value, logged, error, isUnlike) => {
    expect(isUnlikeLogged(rule(metric), error, compare(value, logged))).toBe(isUnlike)
  })
})

describe('areSwapped', () => {
  it.each<[string, [number, number], [number, number], boolean]>([
    ['the same data', [0.9, 0.9], [0.8, 0.8], false],
    ['swapped files', [0.8, 0.9], [0.9, 0.8], true],
    ['swapped files, with rounded values', [0.8012, 0.9], [0.8987, 0.8], true],
    ['other data', [0.85, 0.9], [0.87, 0.8], false],
    ['other data that fit a little better', [0.9, 0.81], [0.8, 0.91], true],
    ['other data that hardly fit better', [0.84, 0.82], [0.82, 0.845], false],
    ['equal values', [0.9, 0.9], [0.9, 0.9], false],
    ['equal logged values', [0.8, 0.9], [0.9, 0.9], false],
    ['a model that is better on other data only', [0.8, 0.9], [0.82, 0.85], false],
  ])('%s', (_, candidate, champion, isSwapped) => {
    expect(areSwapped(compare(...candidate), compare(...champion))).toBe(isSwapped)
  })

  it('rarely takes unrelated data for swapped files, whatever their size', () => {
    const { below } = createRandom('5eed')
    const uniform = () => (below(2 ** 20) + 0.5) / 2 ** 20
    const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
    for (const difference of [0.1, 0.5, 1, 2]) {
      const draws = Array.from({ length: 10_000 }, () =>
        areSwapped(compare(difference, difference + normal()), compare(0, normal())),
      )
      expect(draws.filter((swapped) => swapped).length).toBeLessThan(10_000 / 220)
    }
  })
})

describe('compareWithLogged', () => {
  it.each([
    [0.9, 0.8, { model: 'champion 7', value: 0.9, logged: 0.8 }],
    [0.9, Math.fround(0.81), { model: 'champion 7', value: 0.9, logged: 0.81 }],
    [0.9, Number.NaN, undefined],
    [0.9, Infinity, undefined],
    [Number.NaN, 0.8, undefined],
  ])('%d and %d logged: %o', (value, logged, expected) => {
    const model = { name: 'champion 7', metrics: new Map([['auc', logged]]) }
    expect(compareWithLogged(rule('auc'), { value, error: 0 }, model)).toEqual(expected)
    expect(compareWithLogged(rule('val_auc'), { value, error: 0 }, model)).toBeUndefined()
  })
})
