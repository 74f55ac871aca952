import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { contract } from '../../actions/promote/contract.ts'
import { main } from '../../actions/promote/main.ts'
import { up } from '../../rig/index.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { inputsOf, job } from './action-call.ts'
import { type Trainer, trainerAt } from './trained.ts'

let trainer: Trainer
let mlflow: Mlflow
let source = ''
beforeAll(async () => {
  const rig = await up({ only: ['mlflow'] })
  trainer = await trainerAt(rig.mlflow?.uri ?? '')
  mlflow = connectMlflow(mlflowConnection({ 'tracking-uri': trainer.uri }, {}))
  source = `models:/${(await trainer.train()).modelId}`
})

/** A model with as many versions, all of the same files. */
async function modelOf(count: number): Promise<string> {
  const model = `stages-${randomUUID()}`
  await mlflow.ensureModel(model)
  for (let at = 1; at <= count; at += 1)
    await mlflow.createVersion({ model, source, runId: '', tags: { mark: String(at) }, mark: 'mark' })
  return model
}

/** Promotes as a job without a release does. */
function promote(model: string, version: string, given: Record<string, string> = {}) {
  const usual = { 'tracking-uri': trainer.uri, 'model-name': model, 'model-version': version }
  const mode = { proof: 'none', adopt: 'true', 'mirror-stages': 'true' }
  return main(inputsOf(contract, { ...usual, ...mode, ...given }, {}), job())
}

const inStage = async (model: string, stage: string) =>
  (await mlflow.versions(model)).filter((one) => one.stage === stage).map(({ number }) => number)
const champion = async (model: string) => (await mlflow.model(model))?.aliases.get('champion')

test('two promotions at once, twenty times: in Production is the champion, and nobody else', async () => {
  const rounds = Array.from({ length: 20 }, async () => {
    const model = await modelOf(3)
    await promote(model, '1')
    const ends = await Promise.allSettled(['2', '3'].map((version) => promote(model, version)))
    // One may have lost its race, and says so; never both.
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await inStage(model, 'Production')).toEqual([await champion(model)])
    expect(await inStage(model, 'Archived')).toContain('1')
  })
  await Promise.all(rounds)
})

test('eight at once', async () => {
  const model = await modelOf(8)
  await Promise.allSettled(Array.from({ length: 8 }, (_, at) => promote(model, String(at + 1))))
  expect(await inStage(model, 'Production')).toEqual([await champion(model)])
})

test('a run that finds its champion mends stages that are not as they should be, and changes nothing else', async () => {
  const model = await modelOf(3)
  await promote(model, '1')
  await promote(model, '2', { 'mirror-stages': 'false' })
  expect(await inStage(model, 'Production')).toEqual(['1'])
  await mlflow.setStage(model, '3', 'Production')
  for (const _ of ['mends', 'finds it so']) {
    expect((await promote(model, '2')).outputs).toMatchObject({ 'champion-version': '2', changed: 'false' })
    expect(await inStage(model, 'Production')).toEqual(['2'])
    expect((await inStage(model, 'Archived')).sort()).toEqual(['1', '3'])
  }
})

test("MLflow's own way leaves two in Production, which is why it is not used", async () => {
  const seen = new Set<number>()
  for (let round = 1; round <= 10 && !seen.has(2); round += 1) {
    const model = await modelOf(2)
    const move = (version: string) =>
      trainer.call('POST', 'model-versions/transition-stage', {
        name: model,
        version,
        stage: 'Production',
        archive_existing_versions: true,
      })
    await Promise.allSettled([move('1'), move('2')])
    seen.add((await inStage(model, 'Production')).length)
  }
  expect(seen).toContain(2)
})
