import { describe, expect, it } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import {
  createChampion,
  listWrites,
  mlflow,
  newModelName,
  runGatekeeper,
  trainer,
  useGatekeeper,
} from './support/mlflow/gatekeeper.ts'

useGatekeeper()

describe('the version of a candidate', () => {
  it('is created once when four gatekeepers evaluate one run at the same time', async () => {
    const { model } = await createChampion(0.5)
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    const four = await Promise.all([1, 2, 3, 4].map(() => runGatekeeper(model, { 'run-id': runId })))
    const versions = (await mlflow.listVersions(model)).filter((version) => version.runId === runId)
    expect(versions).toHaveLength(1)
    expect(new Set(four.map(({ outputs }) => outputs['model-version']))).toEqual(
      new Set([versions[0]?.number]),
    )
  })

  it('remains after a duplicate of a killed gatekeeper is deleted, and so do versions of the training', async () => {
    const { model } = await createChampion(0.5)
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const { outputs } = await runGatekeeper(model, { 'run-id': runId })
    const body = { name: model, source: `models:/${modelId}`, model_id: modelId, run_id: runId }
    const tags = [{ key: versionTags.idempotencyKey, value: 'of a killed gatekeeper' }]
    await trainer.call('POST', 'model-versions/create', { ...body, tags })
    await trainer.call('POST', 'model-versions/create', body)
    expect((await runGatekeeper(model, { 'run-id': runId })).outputs['model-version']).toBe(
      outputs['model-version'],
    )
    expect((await mlflow.listVersions(model)).map(({ number }) => number).sort()).toEqual(['1', '2', '4'])
  })

  it('is the one that the training registered', async () => {
    const { model } = await createChampion(0.5)
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const body = { name: model, source: `models:/${modelId}`, model_id: modelId, run_id: runId }
    await trainer.call('POST', 'model-versions/create', body)
    expect((await runGatekeeper(model, { 'run-id': runId })).outputs).toMatchObject({
      verdict: 'promote',
      'model-version': '2',
    })
    expect(
      (await runGatekeeper(model, { 'model-version': '2', 'min-improvement': '0.5' })).outputs,
    ).toMatchObject({
      verdict: 'reject',
      'model-version': '2',
    })
    expect((await mlflow.getVersion(model, '2'))?.tags[versionTags.verdict]).toBe('reject')
    expect(await mlflow.listVersions(model)).toHaveLength(2)
  })

  it('is created from a model in the artifacts of a run of MLflow 2', async () => {
    const model = newModelName()
    const { runId } = await trainer.train({ metrics: { auc: 0.9 }, model: 'mlflow-2' })
    expect((await runGatekeeper(model, { 'run-id': runId })).outputs.verdict).toBe('promote')
    expect((await mlflow.getVersion(model, '1'))?.source).toBe(`runs:/${runId}/model`)
  })

  it('needs a name or an id if the run logged several models', async () => {
    const model = newModelName()
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const second = await trainer.logModel(runId, { MLmodel: 'x', 'weights.bin': 'y' })
    await expect(runGatekeeper(model, { 'run-id': runId })).rejects.toThrow(
      /^Input model-name-in-run: .* logged several models/,
    )
    expect(listWrites()).toEqual([])
    const { outputs } = await runGatekeeper(model, { 'run-id': runId, 'model-id': second })
    expect(outputs.verdict).toBe('promote')
    expect((await mlflow.getVersion(model, '1'))?.source).toBe(`models:/${second}`)
    expect(second).not.toBe(modelId)
  })

  it('takes the model that has the name of model-name-in-run or model-id', async () => {
    const model = newModelName()
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const second = await trainer.logModel(runId, { MLmodel: 'x', 'weights.bin': 'y' }, 0, 'my_model')
    await expect(runGatekeeper(model, { 'run-id': runId })).rejects.toThrow(
      `"model" (${modelId}), "my_model" (${second}). Set model-name-in-run to the name of one`,
    )
    for (const input of ['model-name-in-run', 'model-id']) {
      const { outputs } = await runGatekeeper(model, { 'run-id': runId, [input]: 'my_model' })
      expect(outputs).toMatchObject({ verdict: 'promote', 'model-version': '1' })
    }
    expect((await mlflow.getVersion(model, '1'))?.source).toBe(`models:/${second}`)
  })
})
