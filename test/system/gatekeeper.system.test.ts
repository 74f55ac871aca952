import { describe, expect, it } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import {
  createChampion,
  listWrites,
  mlflow,
  newModelName,
  REPORT_ONLY,
  readReport,
  requests,
  runGatekeeper,
  trainer,
  useGatekeeper,
} from './support/mlflow/gatekeeper.ts'

useGatekeeper()

describe('gatekeeper on a real MLflow server', () => {
  it('promotes a first model and records it in the tags of its version', async () => {
    const model = newModelName()
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const { outputs, summary } = await runGatekeeper(model, { 'run-id': runId })
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
    const version = await mlflow.getVersion(model, '1')
    expect(version).toMatchObject({ source: `models:/${modelId}`, runId })
    expect(version?.tags).toMatchObject({
      [versionTags.verdict]: 'promote',
      [versionTags.championVersion]: 'none',
      [versionTags.candidateValue]: '0.9',
      [versionTags.judgedAt]: '2026-01-02T03:04:05.000Z',
      [versionTags.artifactDigest]: await mlflow.computeVersionDigest(version as never),
    })
    expect(readReport(outputs)).toMatchObject({
      policy: {
        primary: { metric: 'auc', direction: 'higher' },
        comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
      },
      verdict: 'promote',
      evaluationBasis: 'logged-metrics',
      candidate: { runId, version: '1', source: `models:/${modelId}`, metrics: { auc: '0.9' } },
      champion: { kind: 'none' },
    })
  })

  it('promotes a better candidate in at most 9 requests without moving the alias', async () => {
    const { model } = await createChampion(0.56)
    const { runId } = await trainer.train({ metrics: { auc: 0.57 } })
    const { outputs } = await runGatekeeper(model, { 'run-id': runId, 'min-improvement': '0.01' })
    expect(outputs).toMatchObject({ verdict: 'promote', 'model-version': '2', 'champion-version': '1' })
    expect(outputs.reason).toContain('better by 0.01')
    expect(requests.length).toBeLessThanOrEqual(9)
    expect((await mlflow.getModel(model))?.aliases.get('champion')).toBe('1')
  })

  it('rejects a worse candidate: tags the run and creates no version', async () => {
    const { model } = await createChampion(0.9)
    const { runId } = await trainer.train({ metrics: { auc: 0.8 } })
    const { outputs } = await runGatekeeper(model, { 'run-id': runId })
    expect(outputs).toMatchObject({ verdict: 'reject', promote: 'false', 'model-version': '' })
    expect(outputs.reason).toContain('worse by 0.1')
    expect(await mlflow.listVersions(model)).toHaveLength(1)
    expect((await mlflow.getRun(runId))?.tags).toMatchObject({
      [versionTags.verdict]: 'reject',
      [versionTags.championValue]: '0.9',
    })
    await runGatekeeper(model, { 'run-id': runId })
    expect(listWrites(), 'the same verdict again').toEqual(REPORT_ONLY)
  })

  it('fails the step with on-reject: fail, and sets its outputs', async () => {
    const { model } = await createChampion(0.9)
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    const outcome = await runGatekeeper(model, { 'run-id': runId, 'on-reject': 'fail' })
    expect(outcome.failure?.message).toMatch(/Verdict reject: .*equal/)
    expect(outcome.outputs.verdict).toBe('reject')
  })

  it('removes the forced tag from run and version when a later evaluation rejects', async () => {
    const { model } = await createChampion(0.9)
    const { runId } = await trainer.train({ metrics: { auc: 0.8 } })
    await runGatekeeper(model, { 'run-id': runId })
    await runGatekeeper(model, { 'run-id': runId, force: 'true', 'force-reason': 'seen by eye' })
    const tags = async () => [(await mlflow.getRun(runId))?.tags, (await mlflow.getVersion(model, '2'))?.tags]
    for (const each of await tags()) expect(each?.[versionTags.forced]).toBe('ada: seen by eye')
    await runGatekeeper(model, { 'run-id': runId })
    for (const each of await tags()) {
      expect(each).toMatchObject({ [versionTags.verdict]: 'reject' })
      expect(each).not.toHaveProperty(versionTags.forced)
    }
    await runGatekeeper(model, { 'run-id': runId })
    expect(listWrites(), 'the same verdict again').toEqual(REPORT_ONLY)
  })

  it('returns the recorded verdict if the candidate is already the champion, and writes nothing', async () => {
    const { model, runId } = await createChampion(0.5)
    for (const candidate of [{ 'run-id': runId }, { 'model-version': '1' }]) {
      const { outputs } = await runGatekeeper(model, { ...candidate, 'min-value': '0.99' })
      expect(outputs).toMatchObject({ verdict: 'promote', 'model-version': '1', 'champion-version': '1' })
      expect(outputs.reason).toMatch(/already the champion.*first model/)
      expect(listWrites()).toEqual([])
    }
  })

  it('writes nothing in a dry run, whatever the verdict', async () => {
    const { model } = await createChampion(0.5)
    for (const auc of [0.9, 0.1]) {
      const { runId } = await trainer.train({ metrics: { auc } })
      const { outputs } = await runGatekeeper(model, { 'run-id': runId, mode: 'dry-run' })
      expect(outputs).toMatchObject({
        verdict: auc > 0.5 ? 'promote' : 'reject',
        promote: 'false',
        'model-version': '',
      })
      expect(listWrites()).toEqual([])
      expect((await mlflow.getRun(runId))?.tags[versionTags.verdict]).toBeUndefined()
    }
    expect(await mlflow.listVersions(model)).toHaveLength(1)
  })
})
