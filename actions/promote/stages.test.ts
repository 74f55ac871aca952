import { describe, expect, it } from 'vitest'
import { quietContext } from '../../test/fakes/context.ts'
import { promote, registry } from '../../test/fakes/promote.ts'
import { live } from '../../test/fakes/serving.ts'

const mirror = { 'mirror-stages': 'true' }

describe('promote with mirror-stages', () => {
  it('moves stages only where it is asked to, and only after the alias', async () => {
    const mlflow = registry()
    await promote(mlflow)
    expect(mlflow.writes.join()).not.toContain('setStage')
    await promote(mlflow, mirror)
    expect(mlflow.writes.slice(-2)).toEqual(['setStage 2 Production', 'setStage 1 Archived'])

    const anew = registry()
    const { summary } = await promote(anew, mirror)
    expect(anew.writes.slice(-3)).toEqual([
      'setAlias champion 2',
      'setStage 2 Production',
      'setStage 1 Archived',
    ])
    expect(summary).toContain('say the same')
  })

  it('sets them right where the champion did not move, as after a job that was killed in between', async () => {
    const mlflow = registry()
    let left = 5
    mlflow.beforeWrite = () => {
      left -= 1
      if (left === 0) throw new Error('killed')
    }
    await promote(mlflow, mirror)
    const { outputs } = await promote(mlflow, mirror)
    expect(outputs.changed).toBe('false')
    expect(mlflow.all.map(({ stage }) => stage)).toEqual(['Archived', 'Production'])
    const { length } = mlflow.writes
    await promote(mlflow, mirror)
    expect(mlflow.writes).toHaveLength(length)
  })

  it('warns where a server has no stages, and stays green: the alias holds', async () => {
    const mlflow = registry()
    mlflow.setStage = async () => {
      throw new Error('404 |: no such endpoint')
    }
    const context = quietContext()
    const { outputs, summary } = await promote(mlflow, mirror, live('2'), context)
    expect(outputs).toMatchObject({ 'champion-version': '2', changed: 'true' })
    expect(context.said.at(-1)).toMatch(/stages may not say what the alias says \(404 .*The alias holds/)
    expect(summary).toContain('404 &#124;')
  })
})
