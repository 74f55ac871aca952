import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import {
  createChampion,
  listWrites,
  mlflow,
  newModelName,
  readReport,
  runGatekeeper,
  trainer,
  useGatekeeper,
} from './support/mlflow/gatekeeper.ts'
import { auc, metricCases } from './support/mlflow/metric-cases.ts'
import type { Training } from './support/mlflow/trainer.ts'

useGatekeeper()

/** Creates a model whose version 1 is champion after this training, without a verdict. */
async function createChampionFrom(training: Training) {
  const model = newModelName()
  const { runId, modelId } = await trainer.train(training)
  await trainer.call('POST', 'registered-models/create', { name: model })
  await mlflow.createVersion({
    model,
    source: `models:/${modelId}`,
    runId,
    tags: { [versionTags.idempotencyKey]: model },
    idempotencyTag: versionTags.idempotencyKey,
  })
  await mlflow.setAlias(model, 'champion', '1')
  return { model, runId }
}

describe('a case of logged metrics', () => {
  it.each(Object.entries(metricCases))('is decided: %s', async (_, metricCase) => {
    const { model } = await createChampionFrom(metricCase.champion ?? auc(0.5))
    const { runId } = await trainer.train(metricCase.candidate)
    const { outputs } = await runGatekeeper(model, { 'run-id': runId, ...metricCase.inputs })
    expect(outputs.reason).toMatch(metricCase.reason)
    expect(outputs).toMatchObject({
      verdict: metricCase.verdict,
      promote: String(metricCase.verdict === 'promote'),
      'model-version': metricCase.verdict === 'promote' ? '2' : '',
    })
    expect(readReport(outputs).selfTests.filter(({ passed }) => !passed)).toEqual([])
  })
})

describe('a case of the registry', () => {
  it('is decided: the candidate is the champion', async () => {
    const { model, runId } = await createChampion(0.5)
    const { outputs } = await runGatekeeper(model, { 'run-id': runId, 'min-improvement': '0.1' })
    expect(outputs).toMatchObject({ verdict: 'promote', 'model-version': '1', 'champion-version': '1' })
    expect(outputs.reason).toMatch(/^version 1 is already the champion\. Its recorded verdict: first model/)
    expect(listWrites()).toEqual([])
  })

  it('is decided: the run of the champion is deleted', async () => {
    const { model, runId } = await createChampionFrom(auc(0.5))
    await trainer.call('POST', 'runs/delete', { run_id: runId })
    const candidate = await trainer.train(auc(0.9))
    const { outputs } = await runGatekeeper(model, { 'run-id': candidate.runId })
    expect(outputs).toMatchObject({ verdict: 'inconclusive', 'champion-version': '1' })
    expect(outputs.reason).toMatch(/^the run of champion 1 is deleted: restore it/)
  })

  it.each([
    ['inconclusive', 'inconclusive', /^champion 1 is stale: 92 days old, and champion\.max_age is 90 days/],
    ['warn', 'promote', /better by 0\.4/],
  ])('is decided: the champion is older than max_age, %s', async (onStale, verdict, reason) => {
    const { model } = await createChampionFrom(auc(0.5))
    await mlflow.setVersionTags(model, '1', { [versionTags.promotedAt]: '2025-10-02T00:00:00Z' })
    const { runId } = await trainer.train(auc(0.9))
    const policy = `champion: {max_age: 90d, on_stale: ${onStale}}`
    const { outputs } = await runGatekeeper(model, { 'run-id': runId, policy })
    expect(outputs.verdict).toBe(verdict)
    expect(outputs.reason).toMatch(reason)
    const { notes, champion } = readReport(outputs)
    expect(champion.ageDays).toBe(92)
    expect(notes.some((note) => /is stale: 92 days/.test(note))).toBe(onStale === 'warn')
  })

  it.each([
    ['with no floor', {}, 'promote', /^first model: .* auc is 0\.2, no minimum is set/],
    ['above its floor', { 'min-value': '0.2' }, 'promote', /^first model: .* within the limit of 0\.2$/],
    ['below its floor', { 'min-value': '0.3' }, 'reject', /^auc 0\.2 is below the minimum of 0\.3$/],
  ])('is decided: the first model ever, %s', async (_, inputs, verdict, reason) => {
    const { runId } = await trainer.train(auc(0.2))
    const { outputs } = await runGatekeeper(newModelName(), { 'run-id': runId, ...inputs })
    expect(outputs).toMatchObject({ verdict, 'champion-version': 'none' })
    expect(outputs.reason).toMatch(reason)
  })

  it('is decided: quarantined files under a new number that the training registered', async () => {
    const { model } = await createChampionFrom(auc(0.5))
    const files = { MLmodel: 'flavor: one', 'requirements.txt': 'x', 'weights.bin': 'crashes' }
    const bad = await trainer.train({ ...auc(0.9), files })
    expect((await runGatekeeper(model, { 'run-id': bad.runId })).outputs['model-version']).toBe('2')
    await mlflow.setVersionTags(model, '2', { [versionTags.quarantined]: 'crashed with OOMKilled' })
    const again = await trainer.train({ ...auc(0.95), files })
    const body = { name: model, source: `models:/${again.modelId}`, model_id: again.modelId }
    await trainer.call('POST', 'model-versions/create', { ...body, run_id: again.runId })
    const { outputs } = await runGatekeeper(model, { 'model-version': '3' })
    expect(outputs).toMatchObject({ verdict: 'reject', promote: 'false' })
    expect(outputs.reason).toMatch(/^quarantined: the files are those of version 2, crashed with OOMKilled/)
    expect((await mlflow.getVersion(model, '3'))?.tags[versionTags.verdict]).toBe('reject')
  })
})

describe('an invalid policy', () => {
  const RUN = '0'.repeat(32)
  const folder = mkdtempSync(join(tmpdir(), 'policies-'))
  const file = (text: string) => {
    writeFileSync(join(folder, 'policy.yml'), text)
    return 'policy.yml'
  }

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'an improvement of 1 in accuracy, as an input',
      () => ({ metric: 'accuracy', 'min-improvement': '1' }),
      /^Input min-improvement: is 1, but the metric is between 0 and 1, where 1 means 100 percentage points\. Write 0\.01 for one point, or \{relative: 0\.01\} for one percent$/,
    ],
    [
      'an improvement of 1 in accuracy, in a file',
      () => ({ metric: '', policy: file('gate:\n  metric: accuracy\n  min_improvement: 1\n') }),
      /^Input policy: policy\.yml, line 3: min_improvement is 1, .* 1 means 100 percentage points/,
    ],
    [
      'a loss without a direction',
      () => ({ metric: 'val_focal_loss' }),
      /^Input direction: is required, since "val_focal_loss" is not one of .*\. Set direction: lower if a lower value is better, else direction: higher$/,
    ],
    [
      'an unknown key',
      () => ({ policy: file('gate:\n  metric: auc\n  min_improvment: 0.01\n') }),
      /^Input policy: policy\.yml, line 3: unknown key "?min_improvment"?, did you mean min_improvement\? Known keys: .*guardrails/,
    ],
    ['an empty file', () => ({ policy: file('') }), /policy\.yml: is empty\. Write a gate/],
    ['a file of blanks', () => ({ policy: file(' \n# none\n') }), /policy\.yml: is empty/],
    [
      'an empty gate',
      () => ({ metric: '', policy: file('gate: {}\n') }),
      /^Input metric: is required, here or in policy/,
    ],
    [
      'a threshold without a limit',
      () => ({ policy: file('kind: threshold\nmetric: auc\n') }),
      /line 1: kind threshold needs a min_value, or a guardrail/,
    ],
    [
      'only an unknown section',
      () => ({ policy: file('drift:\n  psi: 0.2\n') }),
      /line 1: unknown key "?drift"?\. Known keys:/,
    ],
    [
      'only the gate of another model',
      () => ({ policy: file('models:\n  other:\n    gate: {metric: auc}\n') }),
      /policy\.yml: has no gate for the model "?gate-[-0-9a-f]+"?\. Add one in defaults or models/,
    ],
    ['force without a reason', () => ({ force: 'true' }), /^Input force-reason: is required with force$/],
  ])('is refused without a request: %s', async (_, inputs, message) => {
    const evaluation = runGatekeeper(newModelName(), { 'run-id': RUN, ...inputs() }, { workspace: folder })
    await expect(evaluation).rejects.toThrow(message)
    expect(listWrites()).toEqual([])
  })
})
