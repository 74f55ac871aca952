import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { contract } from '../../actions/gatekeeper/contract.ts'
import { main } from '../../actions/gatekeeper/main.ts'
import { up } from '../../rig/index.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { inputsOf, job } from './action-call.ts'
import { type Trainer, trainerAt } from './trained.ts'

let trainer: Trainer
let mlflow: Mlflow
let requests: string[] = []

beforeAll(async () => {
  const rig = await up({ only: ['mlflow'] })
  trainer = await trainerAt(rig.mlflow?.uri ?? '')
  mlflow = connectMlflow(connection())
})

const connection = () => mlflowConnection({ 'tracking-uri': trainer.uri }, {})
const named = () => `gate-${randomUUID()}`

/** Judges with the real server; what it wrote and asked is read from `requests`. */
async function gate(model: string, given: Record<string, string>) {
  requests = []
  const seen = requests
  const adapters = {
    mlflow: () => connectMlflow({ ...connection(), onRequest: (call) => seen.push(call) }),
    now: () => new Date('2026-01-02T03:04:05Z'),
  }
  const inputs = inputsOf(contract, {
    'model-name': model,
    metric: 'auc',
    'tracking-uri': trainer.uri,
    ...given,
  })
  const outcome = await main(inputs, job(), adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

const written = () => requests.filter((call) => !/^GET/.test(call))

/** A model whose version 1 is champion with this value. */
async function withChampion(auc: number, training = {}) {
  const model = named()
  const { runId, modelId } = await trainer.train({ metrics: { auc }, ...training })
  const first = await gate(model, { 'run-id': runId })
  expect(first.outputs.verdict).toBe('promote')
  await mlflow.setAlias(model, 'champion', '1')
  return { model, runId, modelId }
}

describe('gatekeeper on a real MLflow server', () => {
  it('accepts a first model and says so in the ledger of its version', async () => {
    const model = named()
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
    expect(JSON.parse(readFileSync(outputs.report ?? '', 'utf8'))).toMatchObject({
      schema: 1,
      policy: { metric: 'auc', direction: 'higher', minImprovement: '0' },
      verdict: { verdict: 'promote' },
      candidate: { runId, source: `models:/${modelId}`, metrics: { auc: '0.9' } },
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
    expect(written(), 'the same verdict again').toEqual([])
  })

  it('is red with on-reject: fail, and has set its outputs', async () => {
    const { model } = await withChampion(0.9)
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    const outcome = await gate(model, { 'run-id': runId, 'on-reject': 'fail' })
    expect(outcome.failure?.message).toMatch(/The gate says reject: .*equal/)
    expect(outcome.outputs.verdict).toBe('reject')
  })

  it.each([
    ['a NaN', { metrics: { auc: Number.NaN } }, 'reject', /NaN/],
    ['a stored infinity', { metrics: { auc: 1.7976931348623157e308 } }, 'reject', /infinite/],
    ['no value', { metrics: { other: 1 } }, 'reject', /auc is missing \(the run logged other\)/],
    ['a run that failed', { metrics: { auc: 0.99 }, status: 'FAILED' }, 'reject', /FAILED/],
    ['a run that was killed', { metrics: { auc: 0.99 }, status: 'KILLED' }, 'reject', /KILLED/],
    [
      'a run that is going on',
      { metrics: { auc: 0.99 }, status: 'RUNNING' },
      'inconclusive',
      /still RUNNING/,
    ],
    ['no model', { metrics: { auc: 0.99 }, model: 'none' }, 'reject', /no loadable model/],
  ] as const)('never promotes a candidate with %s', async (_, training, verdict, reason) => {
    const { model } = await withChampion(0.5)
    const { runId } = await trainer.train(training)
    const { outputs } = await gate(model, { 'run-id': runId })
    expect(outputs).toMatchObject({ verdict, promote: 'false', 'model-version': '' })
    expect(outputs.reason).toMatch(reason)
    expect((await mlflow.run(runId))?.tags[ledger.verdict]).toBe(verdict)
    expect(await mlflow.versions(model)).toHaveLength(1)
  })

  it.each([
    ['a run that is not FINISHED', { metrics: { auc: 0.99 }, status: 'FAILED' }],
    ['a missing model', { metrics: { auc: 0.99 }, model: 'none' }],
  ] as const)('does not let force override %s', async (_, training) => {
    const { model } = await withChampion(0.5)
    const { runId } = await trainer.train(training)
    const { outputs } = await gate(model, { 'run-id': runId, force: 'true', 'force-reason': 'hurry' })
    expect(outputs).toMatchObject({ verdict: 'reject', promote: 'false', 'model-version': '' })
    expect(outputs.reason).toMatch(/force does not override this/)
  })

  it('never promotes a candidate whose run is deleted', async () => {
    const { model } = await withChampion(0.5)
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    await trainer.call('POST', 'runs/delete', { run_id: runId })
    const { outputs } = await gate(model, { 'run-id': runId })
    expect(outputs).toMatchObject({ verdict: 'reject' })
    expect(outputs.reason).toMatch(/run is deleted/)
    expect(written()).toEqual([])
  })

  it('cannot compare with a champion whose run is deleted, or has no such metric, or only NaN', async () => {
    const deleted = await withChampion(0.5)
    await trainer.call('POST', 'runs/delete', { run_id: deleted.runId })
    const lacking = await withChampion(0.5)
    const { runId } = await trainer.train({ metrics: { auc: 0.9, f1: 0.9 } })
    expect((await gate(deleted.model, { 'run-id': runId })).outputs).toMatchObject({
      verdict: 'inconclusive',
    })
    const missing = await gate(lacking.model, { 'run-id': runId, metric: 'f1' })
    expect(missing.outputs.reason).toMatch(/f1 of champion 1 is missing/)
    await trainer.call('POST', 'runs/log-metric', {
      run_id: lacking.runId,
      key: 'auc',
      value: 'NaN',
      timestamp: Date.now(),
      step: 5,
    })
    const nan = await gate(lacking.model, { 'run-id': runId })
    expect(nan.outputs).toMatchObject({ verdict: 'inconclusive', 'champion-value': 'NaN' })
    const forced = await gate(lacking.model, {
      'run-id': runId,
      force: 'true',
      'force-reason': 'seen by eye',
    })
    expect(forced.outputs).toMatchObject({ verdict: 'promote', 'model-version': '2' })
    expect((await mlflow.version(lacking.model, '2'))?.tags[ledger.forced]).toBe('ada: seen by eye')
  })

  it('is never first by accident', async () => {
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    const promotedOnce = await withChampion(0.5)
    await mlflow.setVersionTags(promotedOnce.model, '1', { [ledger.promotedAt]: '2026-01-01T00:00:00Z' })
    await mlflow.deleteAlias(promotedOnce.model, 'champion')
    const lost = await gate(promotedOnce.model, { 'run-id': runId })
    expect(lost.outputs).toMatchObject({ verdict: 'inconclusive', 'champion-version': '' })
    expect(lost.outputs.reason).toMatch(/version 1 was promoted once.*adopt: true/)

    const staged = await withChampion(0.5)
    await mlflow.deleteAlias(staged.model, 'champion')
    const production = (version: string) =>
      trainer.call('POST', 'model-versions/transition-stage', {
        name: staged.model,
        version,
        stage: 'Production',
      })
    await production('1')
    const beaten = await gate(staged.model, { 'run-id': runId, 'min-improvement': '1' })
    expect(beaten.outputs).toMatchObject({ verdict: 'reject', 'champion-version': '1' })
    await gate(staged.model, { 'run-id': runId })
    await production('2')
    const { runId: third } = await trainer.train({ metrics: { auc: 0.95 } })
    const several = await gate(staged.model, { 'run-id': third })
    expect(several.outputs.reason).toMatch(/versions .* are all in stage Production/)
    expect(several.outputs.verdict).toBe('inconclusive')
  })

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
    const model = named()
    const { runId } = await trainer.train({ metrics: { auc: 0.9 }, model: 'mlflow-2' })
    expect((await gate(model, { 'run-id': runId })).outputs.verdict).toBe('promote')
    expect((await mlflow.version(model, '1'))?.source).toBe(`runs:/${runId}/model`)
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

  it('knows quarantined files under a new number, also against force', async () => {
    const { model } = await withChampion(0.5)
    const files = { 'weights.bin': 'the same weights', 'code/net.py': 'layers = 3' }
    const bad = await trainer.train({ metrics: { auc: 0.9 }, files })
    expect((await gate(model, { 'run-id': bad.runId })).outputs['model-version']).toBe('2')
    await mlflow.setVersionTags(model, '2', { [ledger.quarantined]: 'crashed with OOMKilled' })
    const again = await trainer.train({ metrics: { auc: 0.95 }, files })
    const { outputs } = await gate(model, {
      'run-id': again.runId,
      force: 'true',
      'force-reason': 'trust me',
    })
    expect(outputs).toMatchObject({ verdict: 'reject', 'model-version': '' })
    expect(outputs.reason).toMatch(/quarantined: these files are version 2, crashed with OOMKilled/)
    const other = await trainer.train({
      metrics: { auc: 0.95 },
      files: { ...files, 'code/net.py': 'layers = 4' },
    })
    expect((await gate(model, { 'run-id': other.runId })).outputs.verdict).toBe('promote')
  })

  it('asks which of several models is meant', async () => {
    const model = named()
    const { runId, modelId } = await trainer.train({ metrics: { auc: 0.9 } })
    const second = await trainer.logModel(runId, { MLmodel: 'x', 'weights.bin': 'y' })
    const unclear = await gate(model, { 'run-id': runId })
    expect(unclear.outputs.verdict).not.toBe('promote')
    expect(unclear.outputs.reason).toContain('model-id')
    const { outputs } = await gate(model, { 'run-id': runId, 'model-id': second })
    expect(outputs.verdict).toBe('promote')
    expect((await mlflow.version(model, '1'))?.source).toBe(`models:/${second}`)
    expect(second).not.toBe(modelId)
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
