import { describe, expect, it } from 'vitest'
import { ledger } from '../../src/domain/ledger.ts'
import { gate, mlflow, newModel, trainer, useGate, withChampion, written } from './gate.ts'

useGate()

describe('the version of a candidate', () => {
  it('makes one version when four gatekeepers judge one run at once', async () => {
    const { model } = await withChampion(0.5)
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    const four = await Promise.all([1, 2, 3, 4].map(() => gate(model, { 'run-id': runId })))
    const versions = (await mlflow.versions(model)).filter((version) => version.runId === runId)
    expect(versions).toHaveLength(1)
    expect(new Set(four.map(({ outputs }) => outputs['model-version']))).toEqual(
      new Set([versions[0]?.number]),
    )
  })

  it('deletes what a killed gatekeeper left behind, and never a version of the training', async () => {
    const { model } = await withChampion(0.5)
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const { outputs } = await gate(model, { 'run-id': runId })
    const body = { name: model, source: `models:/${modelId}`, model_id: modelId, run_id: runId }
    const tags = [{ key: ledger.registration, value: 'of a killed gatekeeper' }]
    await trainer.call('POST', 'model-versions/create', { ...body, tags })
    await trainer.call('POST', 'model-versions/create', body)
    expect((await gate(model, { 'run-id': runId })).outputs['model-version']).toBe(outputs['model-version'])
    expect((await mlflow.versions(model)).map(({ number }) => number).sort()).toEqual(['1', '2', '4'])
  })

  it('uses the version that the training registered', async () => {
    const { model } = await withChampion(0.5)
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const body = { name: model, source: `models:/${modelId}`, model_id: modelId, run_id: runId }
    await trainer.call('POST', 'model-versions/create', body)
    expect((await gate(model, { 'run-id': runId })).outputs).toMatchObject({
      verdict: 'promote',
      'model-version': '2',
    })
    expect((await gate(model, { 'model-version': '2', 'min-improvement': '0.5' })).outputs).toMatchObject({
      verdict: 'reject',
      'model-version': '2',
    })
    expect((await mlflow.version(model, '2'))?.tags[ledger.verdict]).toBe('reject')
    expect(await mlflow.versions(model)).toHaveLength(2)
  })

  it('registers a model that an older MLflow wrote into the files of its run', async () => {
    const model = newModel()
    const { runId } = await trainer.train({ metrics: { auc: 0.9 }, model: 'mlflow-2' })
    expect((await gate(model, { 'run-id': runId })).outputs.verdict).toBe('promote')
    expect((await mlflow.version(model, '1'))?.source).toBe(`runs:/${runId}/model`)
  })

  it('asks which of several models is meant', async () => {
    const model = newModel()
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const second = await trainer.logModel(runId, { MLmodel: 'x', 'weights.bin': 'y' })
    await expect(gate(model, { 'run-id': runId })).rejects.toThrow(
      /^Input model-id: .* logged several models/,
    )
    expect(written()).toEqual([])
    const { outputs } = await gate(model, { 'run-id': runId, 'model-id': second })
    expect(outputs.verdict).toBe('promote')
    expect((await mlflow.version(model, '1'))?.source).toBe(`models:/${second}`)
    expect(second).not.toBe(modelId)
  })
})
