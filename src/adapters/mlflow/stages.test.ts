import { describe, expect, it } from 'vitest'
import { fakeMlflow, fakeVersion } from './fake.ts'
import { mirrorStages } from './stages.ts'

const registry = (...stages: string[]) =>
  fakeMlflow({
    versions: stages.map((stage, index) => fakeVersion(String(index + 1), { stage })),
    aliases: { champion: '2' },
  })
const order = { model: 'fraud', alias: 'champion', retired: ['1'] }
const stagesOf = ({ all }: ReturnType<typeof registry>) => all.map(({ stage }) => stage)

describe('mirrorStages', () => {
  it('moves the champion, then who gave way, and does nothing twice', async () => {
    const mlflow = registry('Production', 'None')
    expect(await mirrorStages(mlflow, order)).toBeUndefined()
    expect(mlflow.writes).toEqual(['setStage 2 Production', 'setStage 1 Archived'])
    expect(await mirrorStages(mlflow, order)).toBeUndefined()
    expect(mlflow.writes).toHaveLength(2)
  })

  it('follows the alias where another job moves it meanwhile, and undoes its own write', async () => {
    const mlflow = registry('Production', 'None', 'None')
    mlflow.beforeWrite = () => {
      // The other job is through with all of its work before our first write lands.
      if (mlflow.aliases.get('champion') === '3') return
      mlflow.aliases.set('champion', '3')
      for (const [index, stage] of ['Archived', 'Archived', 'Production'].entries())
        mlflow.all[index] = { ...mlflow.all[index], stage } as (typeof mlflow.all)[number]
    }
    expect(await mirrorStages(mlflow, order)).toBeUndefined()
    expect(stagesOf(mlflow)).toEqual(['Archived', 'Archived', 'Production'])
  })

  it('comes to the same end after being killed before any of its writes', async () => {
    for (const killedAt of [0, 1, 2]) {
      const mlflow = registry('Production', 'None', 'Production')
      let count = 0
      mlflow.beforeWrite = () => {
        if (count++ === killedAt) throw new Error('killed')
      }
      expect(await mirrorStages(mlflow, order)).toMatch(/killed.*The alias holds; run this again/)
      expect(await mirrorStages(mlflow, order)).toBeUndefined()
      expect(stagesOf(mlflow)).toEqual(['Archived', 'Production', 'Archived'])
    }
  })

  it('says so where it does not come to an end, or has no champion to go by', async () => {
    const mlflow = registry('None', 'None')
    mlflow.setStage = async () => undefined
    expect(await mirrorStages(mlflow, order)).toMatch(/changed again and again/)
    mlflow.aliases.clear()
    expect(await mirrorStages(mlflow, order)).toMatch(/there is no champion any more/)
  })
})
