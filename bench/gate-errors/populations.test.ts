import { describe, expect, it } from 'vitest'
import { measure } from '../../src/domain/gate/inference/paired-measurement.ts'
import { createRandom } from '../../src/domain/statistics/random.ts'
import { requireStatistic } from '../../test/fakes/gate-models.ts'
import {
  classifiers,
  DISCORDANCE,
  forecasters,
  multiclassClassifiers,
  type Population,
  rankers,
  type Shape,
} from './populations.ts'

const SEED = '0a0b0c0d0e0f0a0b0c0d0e0f0a0b0c0d'

function measureGain(name: string, { rows, candidate, champion }: ReturnType<Population>): number {
  const statistic = requireStatistic(name)
  const question = { statistic, direction: statistic.direction }
  const options = { confidence: 0.95, resamples: 0, seed: SEED }
  const measurement = measure(rows, { candidate, champion }, question, options)
  return measurement.difference('candidate', 'champion').estimate
}

describe('the simulated populations', () => {
  it.each<[string, Population, number | undefined, number]>([
    ['accuracy', classifiers, undefined, 0.01],
    ['accuracy', classifiers, 5000, -0.01],
    ['auc', rankers, undefined, 0.01],
    ['auc', rankers, undefined, -0.01],
    ['log_loss', forecasters, undefined, 0.01],
    ['log_loss', forecasters, 5000, -0.01],
  ])('%s has the requested gain', (name, world, users, gain) => {
    const estimate = measureGain(name, world({ rows: 200_000, users }, gain, createRandom(SEED)))
    // Four standard errors of the population with the largest variance.
    expect(Math.abs(estimate - gain)).toBeLessThan(0.004)
  })

  it.each<[string, Partial<Shape>, number]>([
    ['balanced_accuracy', { classes: 50 }, 0.01],
    ['f1_macro', { classes: 50 }, -0.01],
    ['balanced_accuracy', { classes: 2, rareRows: 50_000 }, 0.01],
    ['balanced_accuracy', { classes: 4, rareRows: 50_000 }, -0.01],
  ])('%s of %j has the requested gain', (name, more, gain) => {
    const shape = { rows: 200_000, users: undefined, ...more }
    const drawn = multiclassClassifiers(shape, gain, createRandom(SEED))
    expect(Math.abs(measureGain(name, drawn) - gain)).toBeLessThan(0.004)
    const { rows } = drawn
    if (rows.labels.kind !== 'classes') throw new Error('classes')
    const first = rows.labels.codes.filter((code) => code === 0).length
    expect(first).toBe(shape.rareRows ?? 200_000 / 50)
  })

  it.each([undefined, 40])(
    'have classifiers that disagree on the expected share of rows, with %s users',
    (users) => {
      const { candidate, champion } = classifiers({ rows: 200_000, users }, 0.01, createRandom(SEED))
      const differ = candidate.classes?.filter((code, row) => code !== champion.classes?.[row]).length ?? 0
      expect(Math.abs(differ / 200_000 - DISCORDANCE)).toBeLessThan(0.002)
    },
  )

  it('have users for whom the same model is always right', () => {
    const { rows, candidate, champion } = classifiers({ rows: 4000, users: 40 }, 0.01, createRandom(SEED))
    const winners = new Map<number, Set<boolean>>()
    candidate.classes?.forEach((code, row) => {
      if (code === champion.classes?.[row] || rows.labels.kind !== 'classes') return
      const user = rows.groups?.codes[row] ?? -1
      winners.set(user, (winners.get(user) ?? new Set()).add(code === rows.labels.codes[row]))
    })
    expect(winners.size).toBe(40)
    for (const won of winners.values()) expect(won.size).toBe(1)
  })
})
