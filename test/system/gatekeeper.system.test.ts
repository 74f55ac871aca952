import { describe, expect, it } from 'vitest'
import { ledger } from '../../src/domain/ledger.ts'
import {
  gate,
  mlflow,
  newModel,
  REPORT_ONLY,
  reportAt,
  requests,
  trainer,
  useGate,
  withChampion,
  written,
} from './gate.ts'

useGate()

describe('gatekeeper on a real MLflow server', () => {
  it('accepts a first model and says so in the ledger of its version', async () => {
    const model = newModel()
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const { outputs, summary } = await gate(model, { 'run-id': runId })
    expect(outputs).toMatchObject({
      verdict: 'promote',
      promote: 'true',
      'model-version': '1',
      'champion-version': 'none',
      'candidate-value': '0.9',
      'champion-value': '',
    })
    expect(outputs.reason).toMatch(/^first model: /)
    expect(summary).toContain('promote')
    const version = await mlflow.version(model, '1')
    expect(version).toMatchObject({ source: `models:/${modelId}`, runId })
    expect(version?.tags).toMatchObject({
      [ledger.verdict]: 'promote',
      [ledger.championVersion]: 'none',
      [ledger.candidateValue]: '0.9',
      [ledger.judgedAt]: '2026-01-02T03:04:05.000Z',
      [ledger.artifactDigest]: await mlflow.artifactDigest(version as never),
    })
    expect(reportAt(outputs)).toMatchObject({
      policy: {
        primary: { metric: 'auc', direction: 'higher' },
        comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
      },
      verdict: 'promote',
      judgedOn: 'stored-values',
      candidate: { runId, version: '1', source: `models:/${modelId}`, metrics: { auc: '0.9' } },
      champion: { kind: 'none' },
    })
  })

  it('promotes a better one in at most 9 requests, and leaves the alias where it is', async () => {
    const { model } = await withChampion(0.05)
    const { runId } = await trainer.train({ metrics: { auc: 0.06 } })
    const { outputs } = await gate(model, { 'run-id': runId, 'min-improvement': '0.01' })
    expect(outputs).toMatchObject({ verdict: 'promote', 'model-version': '2', 'champion-version': '1' })
    expect(outputs.reason).toContain('better by 0.01')
    expect(requests.length).toBeLessThanOrEqual(9)
    expect((await mlflow.model(model))?.aliases.get('champion')).toBe('1')
  })

  it('rejects a worse one: no version is made, and the run carries the verdict', async () => {
    const { model } = await withChampion(0.9)
    const { runId } = await trainer.train({ metrics: { auc: 0.8 } })
    const { outputs } = await gate(model, { 'run-id': runId })
    expect(outputs).toMatchObject({ verdict: 'reject', promote: 'false', 'model-version': '' })
    expect(outputs.reason).toContain('worse by 0.1')
    expect(await mlflow.versions(model)).toHaveLength(1)
    expect((await mlflow.run(runId))?.tags).toMatchObject({
      [ledger.verdict]: 'reject',
      [ledger.championValue]: '0.9',
    })
    await gate(model, { 'run-id': runId })
    expect(written(), 'the same verdict again').toEqual(REPORT_ONLY)
  })

  it('is red with on-reject: fail, and has set its outputs', async () => {
    const { model } = await withChampion(0.9)
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    const outcome = await gate(model, { 'run-id': runId, 'on-reject': 'fail' })
    expect(outcome.failure?.message).toMatch(/The gate says reject: .*equal/)
    expect(outcome.outputs.verdict).toBe('reject')
  })

  it('takes the word of a force back where a later judgement rejects, from the run as well', async () => {
    const { model } = await withChampion(0.9)
    const { runId } = await trainer.train({ metrics: { auc: 0.8 } })
    await gate(model, { 'run-id': runId })
    await gate(model, { 'run-id': runId, force: 'true', 'force-reason': 'seen by eye' })
    const tags = async () => [(await mlflow.run(runId))?.tags, (await mlflow.version(model, '2'))?.tags]
    for (const each of await tags()) expect(each?.[ledger.forced]).toBe('ada: seen by eye')
    await gate(model, { 'run-id': runId })
    for (const each of await tags()) {
      expect(each).toMatchObject({ [ledger.verdict]: 'reject' })
      expect(each).not.toHaveProperty(ledger.forced)
    }
    await gate(model, { 'run-id': runId })
    expect(written(), 'the same verdict again').toEqual(REPORT_ONLY)
  })

  it('gives the recorded verdict again where the run is champion already, and writes nothing', async () => {
    const { model, runId } = await withChampion(0.5)
    for (const candidate of [{ 'run-id': runId }, { 'model-version': '1' }]) {
      const { outputs } = await gate(model, { ...candidate, 'min-value': '0.99' })
      expect(outputs).toMatchObject({ verdict: 'promote', 'model-version': '1', 'champion-version': '1' })
      expect(outputs.reason).toMatch(/champion already.*first model/)
      expect(written()).toEqual([])
    }
  })

  it('writes nothing in a dry run, whatever the verdict', async () => {
    const { model } = await withChampion(0.5)
    for (const auc of [0.9, 0.1]) {
      const { runId } = await trainer.train({ metrics: { auc } })
      const { outputs } = await gate(model, { 'run-id': runId, mode: 'dry-run' })
      expect(outputs).toMatchObject({
        verdict: auc > 0.5 ? 'promote' : 'reject',
        promote: 'false',
        'model-version': '',
      })
      expect(written()).toEqual([])
      expect((await mlflow.run(runId))?.tags[ledger.verdict]).toBeUndefined()
    }
    expect(await mlflow.versions(model)).toHaveLength(1)
  })
})
