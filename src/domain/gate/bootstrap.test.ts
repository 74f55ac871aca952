import { describe, expect, it } from 'vitest'
import { bootstrap } from './bootstrap.ts'
import { example, NAMES, named } from './measure-fixture.ts'
import { populationOf } from './sample.ts'
import type { Gauge } from './statistic.ts'

const SEED = 'b007b007b007b007b007b007b007b007'

/** A gauge that keeps what was drawn. */
function recorder(unseen = 0): { gauge: Gauge; drawn: number[][] } {
  const drawn: number[][] = []
  const value: Gauge['value'] = (counts) => drawn.push([...counts])
  return { gauge: { unseen, value, influence: () => new Float64Array() }, drawn }
}

/** @param name accuracy keeps rows that are alike as cells, auc keeps each row */
function population(name: string, count: number) {
  const { rows, models } = example(named(name), SEED, count)
  const question = { statistic: named(name), direction: 'higher' as const }
  return populationOf(rows, question, [models.best, models.good])
}

describe('bootstrap', () => {
  it.each([
    ['auc', 300],
    ['accuracy', 300],
  ])('%s of %d rows: draws as many units as there are, the same for every model', (name, count) => {
    const [one, two] = [recorder(1), recorder(1)]
    bootstrap(population(name, count), [one.gauge, two.gauge], 50, SEED)
    expect(one.drawn.slice(0, 50)).toEqual(two.drawn.slice(0, 50))
    for (const counts of one.drawn.slice(0, 50))
      expect(counts.reduce((sum, times) => sum + times, 0)).toBe(count + 2)
    expect(one.drawn[0]).not.toEqual(one.drawn[1])
  })

  it('draws each of very many rows a Poisson number of times', () => {
    const { gauge, drawn } = recorder()
    bootstrap(population('auc', 20_001), [gauge], 10, SEED)
    const all = drawn.slice(0, 10).flat()
    expect(all).toHaveLength(200_010)
    let chance = Math.exp(-1)
    for (const times of [0, 1, 2, 3, 4, 5]) {
      const share = all.filter((one) => one === times).length / all.length
      expect(Math.abs(share - chance)).toBeLessThan(0.004)
      chance /= times + 1
    }
    // The last of an odd number of rows is drawn as well, and not always alike.
    expect(new Set(drawn.slice(0, 10).map((counts) => counts[20_000])).size).toBeGreaterThan(1)
  })

  it('draws cells of very many rows by how many they hold', () => {
    const { gauge, drawn } = recorder()
    bootstrap(population('accuracy', 20_001), [gauge], 200, SEED)
    const once = drawn[200] as number[]
    once.forEach((held, cell) => {
      const times = drawn.slice(0, 200).map((counts) => counts[cell] as number)
      const mean = times.reduce((sum, one) => sum + one, 0) / 200
      const variance = times.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 199
      expect(Math.abs(mean - held)).toBeLessThan(5 * Math.sqrt(held / 200))
      expect(variance / held).toBeGreaterThan(0.6)
      expect(variance / held).toBeLessThan(1.6)
    })
  })
})

describe.each([undefined, 20])('influence, with groups: %s', (groups) => {
  it.each(NAMES)('%s: is what one more of a unit changes', (name) => {
    const { rows, models } = example(named(name), SEED, 100, groups)
    const weights = Float64Array.from({ length: 100 }, (_, row) => 0.5 + (row % 7) / 5)
    const question = { statistic: named(name), direction: named(name).direction }
    const { sample } = populationOf({ ...rows, weights }, question, [models.poor])
    const gauge = named(name).gauge(sample, models.poor)
    const counts = new Uint32Array(sample.units).fill(10_000)
    const influence = gauge.influence(counts)
    const start = gauge.value(counts)
    for (let unit = 0; unit < sample.units; unit += 1) {
      const one = counts.with(unit, 10_001)
      const two = counts.with(unit, 9_999)
      const slope = (gauge.value(one) - gauge.value(two)) / 2
      expect(Math.abs((influence[unit] as number) - slope)).toBeLessThan(1e-9 * Math.max(1, Math.abs(start)))
    }
    expect(influence.some((moved) => Math.abs(moved) > 1e-7)).toBe(true)
  })
})
