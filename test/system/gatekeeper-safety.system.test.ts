import { describe, expect, it } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import {
  createChampion,
  listWrites,
  mlflow,
  runGatekeeper,
  trainer,
  useGatekeeper,
} from './support/mlflow/gatekeeper.ts'

useGatekeeper()

describe('gatekeeper never promotes by mistake', () => {
  it.each([
    ['a NaN', { metrics: { auc: Number.NaN } }, 'reject', /NaN/],
    ['a stored infinity', { metrics: { auc: 1.7976931348623157e308 } }, 'reject', /infinite/],
    ['no value', { metrics: { other: 1 } }, 'reject', /auc is missing \(the run logged other\)/],
    ['a run that failed', { metrics: { auc: 0.99 }, status: 'FAILED' }, 'reject', /FAILED/],
    ['a run that was killed', { metrics: { auc: 0.99 }, status: 'KILLED' }, 'reject', /KILLED/],
    ['an active run', { metrics: { auc: 0.99 }, status: 'RUNNING' }, 'inconclusive', /still RUNNING/],
    ['no model', { metrics: { auc: 0.99 }, model: 'none' }, 'reject', /no loadable model/],
  ] as const)('never promotes a candidate with %s', async (_, training, verdict, reason) => {
    const { model } = await createChampion(0.5)
    const { runId } = await trainer.train(training)
    const { outputs } = await runGatekeeper(model, { 'run-id': runId })
    expect(outputs).toMatchObject({ verdict, promote: 'false', 'model-version': '' })
    expect(outputs.reason).toMatch(reason)
    expect((await mlflow.getRun(runId))?.tags[versionTags.verdict]).toBe(verdict)
    expect(await mlflow.listVersions(model)).toHaveLength(1)
  })

  it.each([
    ['a run that is not FINISHED', { metrics: { auc: 0.99 }, status: 'FAILED' }],
    ['a missing model', { metrics: { auc: 0.99 }, model: 'none' }],
  ] as const)('does not let force override %s', async (_, training) => {
    const { model } = await createChampion(0.5)
    const { runId } = await trainer.train(training)
    const { outputs } = await runGatekeeper(model, {
      'run-id': runId,
      force: 'true',
      'force-reason': 'hurry',
    })
    expect(outputs).toMatchObject({ verdict: 'reject', promote: 'false', 'model-version': '' })
    expect(outputs.reason).toMatch(/force does not override this/)
  })

  it('never promotes a candidate whose run is deleted', async () => {
    const { model } = await createChampion(0.5)
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    await trainer.call('POST', 'runs/delete', { run_id: runId })
    const { outputs } = await runGatekeeper(model, { 'run-id': runId })
    expect(outputs).toMatchObject({ verdict: 'reject' })
    expect(outputs.reason).toMatch(/run is deleted/)
    expect(listWrites(), "only the champion's evaluation history").toEqual(['POST model-versions/set-tag'])
    expect((await mlflow.getVersion(model, '1'))?.tags[versionTags.evaluationHistory]).toContain(runId)
  })

  it('is inconclusive if the run of the champion is deleted, or lacks the metric, or has NaN', async () => {
    const deleted = await createChampion(0.5)
    await trainer.call('POST', 'runs/delete', { run_id: deleted.runId })
    const lacking = await createChampion(0.5)
    const { runId } = await trainer.train({ metrics: { auc: 0.9, f1: 0.9 } })
    expect((await runGatekeeper(deleted.model, { 'run-id': runId })).outputs).toMatchObject({
      verdict: 'inconclusive',
    })
    const missing = await runGatekeeper(lacking.model, { 'run-id': runId, metric: 'f1' })
    expect(missing.outputs.reason).toMatch(/f1 of champion 1 is missing/)
    await trainer.call('POST', 'runs/log-metric', {
      run_id: lacking.runId,
      key: 'auc',
      value: 'NaN',
      timestamp: Date.now(),
      step: 5,
    })
    const nan = await runGatekeeper(lacking.model, { 'run-id': runId })
    expect(nan.outputs).toMatchObject({ verdict: 'inconclusive', 'champion-value': 'NaN' })
    const forced = await runGatekeeper(lacking.model, {
      'run-id': runId,
      force: 'true',
      'force-reason': 'seen by eye',
    })
    expect(forced.outputs).toMatchObject({ verdict: 'promote', 'model-version': '2' })
    expect((await mlflow.getVersion(lacking.model, '2'))?.tags[versionTags.forced]).toBe('ada: seen by eye')
  })

  it('is never first by accident', async () => {
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    const promotedOnce = await createChampion(0.5)
    await mlflow.setVersionTags(promotedOnce.model, '1', { [versionTags.promotedAt]: '2026-01-01T00:00:00Z' })
    await mlflow.deleteAlias(promotedOnce.model, 'champion')
    const lost = await runGatekeeper(promotedOnce.model, { 'run-id': runId })
    expect(lost.outputs).toMatchObject({ verdict: 'inconclusive', 'champion-version': '' })
    expect(lost.outputs.reason).toMatch(/version 1 was promoted once.*adopt: true/)

    const staged = await createChampion(0.5)
    await mlflow.deleteAlias(staged.model, 'champion')
    const production = (version: string) =>
      trainer.call('POST', 'model-versions/transition-stage', {
        name: staged.model,
        version,
        stage: 'Production',
      })
    await production('1')
    const beaten = await runGatekeeper(staged.model, { 'run-id': runId, 'min-improvement': '0.45' })
    expect(beaten.outputs).toMatchObject({ verdict: 'reject', 'champion-version': '1' })
    await runGatekeeper(staged.model, { 'run-id': runId })
    await production('2')
    const { runId: third } = await trainer.train({ metrics: { auc: 0.95 } })
    const several = await runGatekeeper(staged.model, { 'run-id': third })
    expect(several.outputs.reason).toMatch(/versions .* are all in stage Production/)
    expect(several.outputs.verdict).toBe('inconclusive')
  })

  it('recognizes quarantined files under a new number, even with force', async () => {
    const { model } = await createChampion(0.5)
    const files = { 'weights.bin': 'the same weights', 'code/net.py': 'layers = 3' }
    const bad = await trainer.train({ metrics: { auc: 0.9 }, files })
    expect((await runGatekeeper(model, { 'run-id': bad.runId })).outputs['model-version']).toBe('2')
    await mlflow.setVersionTags(model, '2', { [versionTags.quarantined]: 'crashed with OOMKilled' })
    const again = await trainer.train({ metrics: { auc: 0.95 }, files })
    const { outputs } = await runGatekeeper(model, {
      'run-id': again.runId,
      force: 'true',
      'force-reason': 'trust me',
    })
    expect(outputs).toMatchObject({ verdict: 'reject', 'model-version': '' })
    expect(outputs.reason).toMatch(/quarantined: the files are those of version 2, crashed with OOMKilled/)
    const other = await trainer.train({
      metrics: { auc: 0.95 },
      files: { ...files, 'code/net.py': 'layers = 4' },
    })
    expect((await runGatekeeper(model, { 'run-id': other.runId })).outputs.verdict).toBe('promote')
  })
})
