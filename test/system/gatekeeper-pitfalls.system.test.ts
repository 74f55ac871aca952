import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ledger } from '../../src/domain/ledger.ts'
import { gate, mlflow, newModel, reportAt, trainer, useGate, withChampion, written } from './gate.ts'
import { auc, pitfalls } from './gate-pitfalls.ts'
import type { Training } from './trained.ts'

useGate()

/** A model whose version 1 is champion after this training, whatever a gate would say of it. */
async function championAfter(training: Training) {
  const model = newModel()
  const { runId, modelId } = await trainer.train(training)
  await trainer.call('POST', 'registered-models/create', { name: model })
  await mlflow.createVersion({
    model,
    source: `models:/${modelId}`,
    runId,
    tags: { [ledger.registration]: model },
    mark: ledger.registration,
  })
  await mlflow.setAlias(model, 'champion', '1')
  return { model, runId }
}

describe('a pitfall of stored values', () => {
  it.each(Object.entries(pitfalls))('is decided: %s', async (_, pitfall) => {
    const { model } = await championAfter(pitfall.champion ?? auc(0.5))
    const { runId } = await trainer.train(pitfall.candidate)
    const { outputs } = await gate(model, { 'run-id': runId, ...pitfall.inputs })
    expect(outputs.reason).toMatch(pitfall.reason)
    expect(outputs).toMatchObject({
      verdict: pitfall.verdict,
      promote: String(pitfall.verdict === 'promote'),
      'model-version': pitfall.verdict === 'promote' ? '2' : '',
    })
    expect(reportAt(outputs).selfTests.filter(({ passed }) => !passed)).toEqual([])
  })
})

describe('a pitfall of the registry', () => {
  it('is decided: the candidate is the champion', async () => {
    const { model, runId } = await withChampion(0.5)
    const { outputs } = await gate(model, { 'run-id': runId, 'min-improvement': '0.1' })
    expect(outputs).toMatchObject({ verdict: 'promote', 'model-version': '1', 'champion-version': '1' })
    expect(outputs.reason).toMatch(/^version 1 is the champion already; its verdict then: first model/)
    expect(written()).toEqual([])
  })

  it('is decided: the run of the champion is deleted', async () => {
    const { model, runId } = await championAfter(auc(0.5))
    await trainer.call('POST', 'runs/delete', { run_id: runId })
    const candidate = await trainer.train(auc(0.9))
    const { outputs } = await gate(model, { 'run-id': candidate.runId })
    expect(outputs).toMatchObject({ verdict: 'inconclusive', 'champion-version': '1' })
    expect(outputs.reason).toMatch(/^the run of champion 1 is deleted: restore it/)
  })

  it.each([
    ['inconclusive', 'inconclusive', /^champion 1 is 92 days old, and the policy calls it stale after 90/],
    ['warn', 'promote', /better by 0\.4/],
  ])('is decided: the champion is older than max_age, %s', async (onStale, verdict, reason) => {
    const { model } = await championAfter(auc(0.5))
    await mlflow.setVersionTags(model, '1', { [ledger.promotedAt]: '2025-10-02T00:00:00Z' })
    const { runId } = await trainer.train(auc(0.9))
    const policy = `champion: {max_age: 90d, on_stale: ${onStale}}`
    const { outputs } = await gate(model, { 'run-id': runId, policy })
    expect(outputs.verdict).toBe(verdict)
    expect(outputs.reason).toMatch(reason)
    const { notes, champion } = reportAt(outputs)
    expect(champion.ageDays).toBe(92)
    expect(notes.some((note) => /stale after 90/.test(note))).toBe(onStale === 'warn')
  })

  it.each([
    ['with no floor', {}, 'promote', /^first model: .* auc is 0\.2 \(no min-value asked for\)/],
    ['above its floor', { 'min-value': '0.2' }, 'promote', /^first model: .* within 0\.2$/],
    ['below its floor', { 'min-value': '0.3' }, 'reject', /^auc 0\.2 is below the minimum of 0\.3$/],
  ])('is decided: the first model ever, %s', async (_, inputs, verdict, reason) => {
    const { runId } = await trainer.train(auc(0.2))
    const { outputs } = await gate(newModel(), { 'run-id': runId, ...inputs })
    expect(outputs).toMatchObject({ verdict, 'champion-version': 'none' })
    expect(outputs.reason).toMatch(reason)
  })

  it('is decided: quarantined files under a new number, which the training registered', async () => {
    const { model } = await championAfter(auc(0.5))
    const files = { MLmodel: 'flavor: one', 'requirements.txt': 'x', 'weights.bin': 'crashes' }
    const bad = await trainer.train({ ...auc(0.9), files })
    expect((await gate(model, { 'run-id': bad.runId })).outputs['model-version']).toBe('2')
    await mlflow.setVersionTags(model, '2', { [ledger.quarantined]: 'crashed with OOMKilled' })
    const again = await trainer.train({ ...auc(0.95), files })
    const body = { name: model, source: `models:/${again.modelId}`, model_id: again.modelId }
    await trainer.call('POST', 'model-versions/create', { ...body, run_id: again.runId })
    const { outputs } = await gate(model, { 'model-version': '3' })
    expect(outputs).toMatchObject({ verdict: 'reject', promote: 'false' })
    expect(outputs.reason).toMatch(/^quarantined: these files are version 2, crashed with OOMKilled/)
    expect((await mlflow.version(model, '3'))?.tags[ledger.verdict]).toBe('reject')
  })
})

describe('a policy that means nothing', () => {
  const RUN = '0'.repeat(32)
  const folder = mkdtempSync(join(tmpdir(), 'policies-'))
  const file = (text: string) => {
    writeFileSync(join(folder, 'policy.yml'), text)
    return 'policy.yml'
  }

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'a gain of 1 in accuracy, as an input',
      () => ({ metric: 'accuracy', 'min-improvement': '1' }),
      /^Input min-improvement: is 1, and the metric is between 0 and 1: 1 means 100 points; write 0\.01 for one point, or \{relative: 0\.01\} for one per cent$/,
    ],
    [
      'a gain of 1 in accuracy, in a file',
      () => ({ metric: '', policy: file('gate:\n  metric: accuracy\n  min_improvement: 1\n') }),
      /^Input policy: policy\.yml, line 3: min_improvement is 1, .* 1 means 100 points/,
    ],
    [
      'a loss without a direction',
      () => ({ metric: 'val_focal_loss' }),
      /^Input direction: .*val_focal_loss.* lower is better; say higher or lower$/,
    ],
    [
      'an unknown key',
      () => ({ policy: file('gate:\n  metric: auc\n  min_improvment: 0.01\n') }),
      /^Input policy: policy\.yml, line 3: unknown key "?min_improvment"?, did you mean min_improvement\?; known are .*guardrails/,
    ],
    [
      'an empty file',
      () => ({ policy: file('') }),
      /policy\.yml: is empty, and a gate that can never say no/,
    ],
    ['a file of blanks', () => ({ policy: file(' \n# none\n') }), /policy\.yml: is empty/],
    [
      'a gate that asks for nothing',
      () => ({ metric: '', policy: file('gate: {}\n') }),
      /^Input metric: is required and was given neither here nor in policy/,
    ],
    [
      'a threshold without a limit',
      () => ({ policy: file('kind: threshold\nmetric: auc\n') }),
      /line 1: kind threshold needs a min_value, .*can never say no/,
    ],
    [
      'only a section that nobody reads',
      () => ({ policy: file('drift:\n  psi: 0.2\n') }),
      /line 1: unknown key "?drift"?; known are/,
    ],
    [
      'only the gate of another model',
      () => ({ policy: file('models:\n  other:\n    gate: {metric: auc}\n') }),
      /policy\.yml: holds no gate for the model "?gate-[-0-9a-f]+"?; write one in defaults or models/,
    ],
    [
      'force without a reason',
      () => ({ force: 'true' }),
      /^Input force-reason: is required with force: say why the gate is overridden$/,
    ],
  ])('is refused, and nothing is asked or written: %s', async (_, inputs, message) => {
    const judged = gate(newModel(), { 'run-id': RUN, ...inputs() }, { workspace: folder })
    await expect(judged).rejects.toThrow(message)
    expect(written()).toEqual([])
  })
})
