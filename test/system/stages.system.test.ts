import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { contract } from '../../actions/promote/contract.ts'
import { main } from '../../actions/promote/main.ts'
import { up } from '../../rig/index.ts'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { createJob, inputsOf } from './support/action-call.ts'
import { createTrainer, type Trainer } from './support/mlflow/trainer.ts'

let trainer: Trainer
let mlflow: Mlflow
let source = ''
beforeAll(async () => {
  const rig = await up({ only: ['mlflow'] })
  trainer = await createTrainer(rig.mlflow?.uri ?? '')
  mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': trainer.uri }, {}))
  source = `models:/${(await trainer.train()).modelId}`
})

/** Creates a model with this number of versions, all with the same files. */
async function createModel(count: number): Promise<string> {
  const model = `stages-${randomUUID()}`
  await mlflow.ensureModel(model)
  for (let at = 1; at <= count; at += 1)
    await mlflow.createVersion({
      model,
      source,
      runId: '',
      tags: { mark: String(at) },
      idempotencyTag: 'mark',
    })
  return model
}

/** Promotes like a job without a release. */
function promote(model: string, version: string, changes: Record<string, string> = {}) {
  const defaults = { 'tracking-uri': trainer.uri, 'model-name': model, 'model-version': version }
  const mode = { proof: 'none', adopt: 'true', 'mirror-stages': 'true' }
  return main(inputsOf(contract, { ...defaults, ...mode, ...changes }, {}), createJob())
}

const listVersionsInStage = async (model: string, stage: string) =>
  (await mlflow.listVersions(model)).filter((one) => one.stage === stage).map(({ number }) => number)
const readChampion = async (model: string) => (await mlflow.getModel(model))?.aliases.get('champion')

test('after each of twenty rounds of two concurrent promotions, only the champion is in Production', async () => {
  const rounds = Array.from({ length: 20 }, async () => {
    const model = await createModel(3)
    await promote(model, '1')
    const ends = await Promise.allSettled(['2', '3'].map((version) => promote(model, version)))
    // At most one of them loses the race and fails.
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await listVersionsInStage(model, 'Production')).toEqual([await readChampion(model)])
    expect(await listVersionsInStage(model, 'Archived')).toContain('1')
  })
  await Promise.all(rounds)
})

test('after eight concurrent promotions, only the champion is in Production', async () => {
  const model = await createModel(8)
  await Promise.allSettled(Array.from({ length: 8 }, (_, at) => promote(model, String(at + 1))))
  expect(await listVersionsInStage(model, 'Production')).toEqual([await readChampion(model)])
})

test('a run without a promotion fixes wrong stages and changes nothing else', async () => {
  const model = await createModel(3)
  await promote(model, '1')
  await promote(model, '2', { 'mirror-stages': 'false' })
  expect(await listVersionsInStage(model, 'Production')).toEqual(['1'])
  await mlflow.setStage(model, '3', 'Production')
  for (const _ of ['first run', 'second run']) {
    expect((await promote(model, '2')).outputs).toMatchObject({ 'champion-version': '2', changed: 'false' })
    expect(await listVersionsInStage(model, 'Production')).toEqual(['2'])
    expect((await listVersionsInStage(model, 'Archived')).sort()).toEqual(['1', '3'])
  }
})

test("MLflow's archiving can leave two versions in Production, so promote does not use it", async () => {
  const seen = new Set<number>()
  for (let round = 1; round <= 10 && !seen.has(2); round += 1) {
    const model = await createModel(2)
    const move = (version: string) =>
      trainer.call('POST', 'model-versions/transition-stage', {
        name: model,
        version,
        stage: 'Production',
        archive_existing_versions: true,
      })
    await Promise.allSettled([move('1'), move('2')])
    seen.add((await listVersionsInStage(model, 'Production')).length)
  }
  expect(seen).toContain(2)
})
