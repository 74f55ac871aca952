import { describe, expect, it } from 'vitest'
import { fakeContext } from '../../test/fakes/context.ts'
import { fakeRegistry, runPromoteOrThrow } from '../../test/fakes/promote.ts'
import { liveServing } from '../../test/fakes/serving-release.ts'

const mirror = { 'mirror-stages': 'true' }

describe('promote with mirror-stages', () => {
  it('transitions stages only on request, and only after the alias', async () => {
    const mlflow = fakeRegistry()
    await runPromoteOrThrow(mlflow)
    expect(mlflow.writes.join()).not.toContain('setStage')
    await runPromoteOrThrow(mlflow, mirror)
    expect(mlflow.writes.slice(-2)).toEqual(['setStage 2 Production', 'setStage 1 Archived'])

    const fresh = fakeRegistry()
    const { summary } = await runPromoteOrThrow(fresh, mirror)
    expect(fresh.writes.slice(-3)).toEqual([
      'setAlias champion 2',
      'setStage 2 Production',
      'setStage 1 Archived',
    ])
    expect(summary).toContain('in sync')
  })

  it('corrects stages without a promotion, as after a killed job', async () => {
    const mlflow = fakeRegistry()
    let left = 5
    mlflow.beforeWrite = () => {
      left -= 1
      if (left === 0) throw new Error('killed')
    }
    await runPromoteOrThrow(mlflow, mirror)
    const { outputs } = await runPromoteOrThrow(mlflow, mirror)
    expect(outputs.changed).toBe('false')
    expect(mlflow.allVersions.map(({ stage }) => stage)).toEqual(['Archived', 'Production'])
    const { length } = mlflow.writes
    await runPromoteOrThrow(mlflow, mirror)
    expect(mlflow.writes).toHaveLength(length)
  })

  it('warns if a server has no stages, and succeeds', async () => {
    const mlflow = fakeRegistry()
    mlflow.setStage = async () => {
      throw new Error('404 |: no such endpoint')
    }
    const context = fakeContext()
    const { outputs, summary } = await runPromoteOrThrow(mlflow, mirror, liveServing('2'), context)
    expect(outputs).toMatchObject({ 'champion-version': '2', changed: 'true' })
    expect(context.messages.at(-1)).toMatch(/stages may disagree with the alias \(404 .*The alias is correct/)
    expect(summary).toContain('404 &#124;')
  })
})
