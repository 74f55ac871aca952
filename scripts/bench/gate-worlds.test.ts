import { describe, expect, it } from 'vitest'
import { measure } from '../../src/domain/gate/measure.ts'
import { random } from '../../src/domain/gate/random.ts'
import { statisticNamed } from '../../src/domain/gate/statistics.ts'
import { classifiers, DISCORDANCE, forecasters, rankers, type World } from './gate-worlds.ts'

const SEED = '0a0b0c0d0e0f0a0b0c0d0e0f0a0b0c0d'

describe('the worlds that the gate is tried in', () => {
  it.each<[string, World, number | undefined, number]>([
    ['accuracy', classifiers, undefined, 0.01],
    ['accuracy', classifiers, 5000, -0.01],
    ['auc', rankers, undefined, 0.01],
    ['auc', rankers, undefined, -0.01],
    ['log_loss', forecasters, undefined, 0.01],
    ['log_loss', forecasters, 5000, -0.01],
  ])('%s: has the gain that it says', (name, world, users, gain) => {
    const statistic = statisticNamed(name)
    if (!statistic) throw new Error(name)
    const { rows, candidate, champion } = world({ rows: 200_000, users }, gain, random(SEED))
    const question = { statistic, direction: statistic.direction }
    const options = { confidence: 0.95, resamples: 0, seed: SEED }
    const { estimate } = measure(rows, { candidate, champion }, question, options).change(
      'candidate',
      'champion',
    )
    // Four standard errors of the one that varies most.
    expect(Math.abs(estimate - gain)).toBeLessThan(0.004)
  })

  it.each([undefined, 40])('has classifiers that disagree on so many rows, with users: %s', (users) => {
    const { candidate, champion } = classifiers({ rows: 200_000, users }, 0.01, random(SEED))
    const differ = candidate.classes?.filter((code, row) => code !== champion.classes?.[row]).length ?? 0
    expect(Math.abs(differ / 200_000 - DISCORDANCE)).toBeLessThan(0.002)
  })

  it('has users whose rows are all won by one model', () => {
    const { rows, candidate, champion } = classifiers({ rows: 4000, users: 40 }, 0.01, random(SEED))
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
