import { describe, expect, it } from 'vitest'
import { fakeMlflow, fakeVersion } from '../../../test/fakes/mlflow.ts'
import { mirrorStages } from './set-champion.ts'

const registry = (...stages: string[]) =>
  fakeMlflow({
    versions: stages.map((stage, index) => fakeVersion(String(index + 1), { stage })),
    aliases: { champion: '2' },
  })
const request = { model: 'fraud', alias: 'champion', retired: ['1'] }
const stagesOf = ({ allVersions: all }: ReturnType<typeof registry>) => all.map(({ stage }) => stage)

describe('mirrorStages', () => {
  it('transitions the champion, then the version it replaced, and nothing the second time', async () => {
    const mlflow = registry('Production', 'None')
    expect(await mirrorStages(mlflow, request)).toBeUndefined()
    expect(mlflow.writes).toEqual(['setStage 2 Production', 'setStage 1 Archived'])
    expect(await mirrorStages(mlflow, request)).toBeUndefined()
    expect(mlflow.writes).toHaveLength(2)
  })

  it('follows an alias that another job moves meanwhile, and undoes its own write', async () => {
    const mlflow = registry('Production', 'None', 'None')
    mlflow.beforeWrite = () => {
      // The other job finishes before our first write.
      if (mlflow.aliases.get('champion') === '3') return
      mlflow.aliases.set('champion', '3')
      for (const [index, stage] of ['Archived', 'Archived', 'Production'].entries())
        mlflow.allVersions[index] = {
          ...mlflow.allVersions[index],
          stage,
        } as (typeof mlflow.allVersions)[number]
    }
    expect(await mirrorStages(mlflow, request)).toBeUndefined()
    expect(stagesOf(mlflow)).toEqual(['Archived', 'Archived', 'Production'])
  })

  it('converges after a kill before any of its writes', async () => {
    for (const killedAt of [0, 1, 2]) {
      const mlflow = registry('Production', 'None', 'Production')
      let count = 0
      mlflow.beforeWrite = () => {
        if (count++ === killedAt) throw new Error('killed')
      }
      expect(await mirrorStages(mlflow, request)).toMatch(/killed.*The alias is correct; re-run this job/)
      expect(await mirrorStages(mlflow, request)).toBeUndefined()
      expect(stagesOf(mlflow)).toEqual(['Archived', 'Production', 'Archived'])
    }
  })

  it('warns if stages keep changing, or if there is no champion', async () => {
    const mlflow = registry('None', 'None')
    mlflow.setStage = async () => undefined
    expect(await mirrorStages(mlflow, request)).toMatch(/another job keeps changing them/)
    mlflow.aliases.clear()
    expect(await mirrorStages(mlflow, request)).toMatch(/alias champion is gone/)
  })
})
