import { randomUUID } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract } from '../../actions/drift-check/contract.ts'
import { main } from '../../actions/drift-check/main.ts'
import { evaluatePerformance } from '../../actions/drift-check/performance/evaluate-performance.ts'
import { stopServer } from '../../rig/alerting/server.ts'
import { up } from '../../rig/index.ts'
import { startPrometheus } from '../../rig/prometheus/index.ts'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { resolvePrometheusConnection } from '../../src/adapters/prometheus/connection.ts'
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts'
import { createJob, inputsOf } from './support/action-call.ts'
import { createTrainer, type Trainer } from './support/mlflow/trainer.ts'

const daemon = `prometheus-performance-${process.pid}`
const model = `performance-${randomUUID()}`

let trainer: Trainer
let mlflow: Mlflow
let prometheus = ''
let championRun = ''

beforeAll(async () => {
  const rig = await up({ only: ['mlflow', 'alerting'] })
  trainer = await createTrainer(rig.mlflow?.uri ?? '')
  mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': trainer.uri }, {}))
  prometheus = await startPrometheus(daemon, { 'prometheus.yml': 'global: {}' })
  const { modelId, runId } = await trainer.train({ metrics: { accuracy: 0.9 } })
  championRun = runId
  await mlflow.ensureModel(model)
  const source = `models:/${modelId}`
  await mlflow.createVersion({ model, source, runId, tags: { mark: '1' }, idempotencyTag: 'mark' })
  await mlflow.setAlias(model, 'champion', '1')
}, 600_000)
afterAll(() => stopServer(daemon))

/** Compares with the champion. */
const evaluate = (given: Record<string, string>) =>
  evaluatePerformance(
    inputsOf(
      contract,
      {
        'performance-metric': 'accuracy',
        'model-name': model,
        'tracking-uri': trainer.uri,
        ...given,
      },
      {},
    ),
    {
      workspace: '/',
      connectMlflow: () => mlflow,
      connectPrometheus: () =>
        connectPrometheus(resolvePrometheusConnection({ 'prometheus-url': prometheus }, {})),
    },
  )
const ask = (query: string, more: Record<string, string> = {}) =>
  evaluate({ 'performance-source': 'prometheus', 'prometheus-url': prometheus, query, ...more })

describe('one value of Prometheus, compared with the champion in MLflow', () => {
  it.each([
    ['vector(0.85)', 'stable', '0.05'],
    ['scalar(vector(0.84))', 'drift', '0.06'],
    ['0.95', 'stable', '-0.05'],
  ])('%s is %s', async (query, kind, drop) => {
    expect(await ask(query)).toMatchObject({
      kind,
      drop,
      pointRule: 'rows-unknown',
      baseline: { value: 0.9, from: `run ${championRun} of the champion, version 1` },
    })
  })

  it('asks for the rows by a second query', async () => {
    expect(await ask('vector(0.84)', { 'count-query': 'vector(30)' })).toMatchObject({
      kind: 'inconclusive',
      current: { rows: 30 },
    })
  })
})

describe('an answer that is no value is an error', () => {
  it.each([
    ['model_accuracy{model_name="digits"}', /the result is empty/],
    ['vector(0) / vector(0)', /the result is "NaN"/],
    ['vector(1) / vector(0)', /the result is "\+Inf"/],
    ['vector(1) or label_replace(vector(2), "pod", "a", "", "")', /the result has 2 series: .*pod/],
    ['quantile(2, vector(1))', /a warning: .*quantile/],
    ['up[5m]', /the result is a matrix/],
    ['"text"', /the result is a string/],
    ['accuracy(', /failed \(400\): bad_data: .*Fix the query/],
  ])('%s', async (query, message) => {
    await expect(ask(query)).rejects.toThrow(message)
  })

  it('names an address that is not that of Prometheus', async () => {
    const asking = connectPrometheus(
      resolvePrometheusConnection({ 'prometheus-url': `${prometheus}/elsewhere` }, {}),
    ).query('1')
    await expect(asking).rejects.toThrow(/Is .*\/elsewhere the address of Prometheus/)
  })
})

describe('a run of MLflow, compared with the champion', () => {
  it('reads the latest value', async () => {
    const { runId } = await trainer.train({ metrics: { accuracy: 0.8 } })
    const given = { 'performance-source': 'mlflow', 'performance-run-id': runId }
    expect(await evaluate(given)).toMatchObject({ kind: 'drift', drop: '0.1', current: { value: 0.8 } })
    expect(await evaluate({ ...given, 'performance-n': '20' })).toMatchObject({ kind: 'inconclusive' })
  })

  it('refuses NaN, and a metric that the run lacks', async () => {
    const { runId } = await trainer.train({ metrics: { accuracy: Number.NaN } })
    const given = { 'performance-source': 'mlflow', 'performance-run-id': runId }
    await expect(evaluate(given)).rejects.toThrow(/current value of "accuracy" is NaN/)
    await expect(evaluate({ ...given, 'performance-metric': 'recall' })).rejects.toThrow(
      /has no metric "recall"; it has "accuracy"/,
    )
  })
})

describe('drift-check with performance', () => {
  const check = async (query: string, data: Record<string, string> = {}) => {
    const given = {
      'performance-source': 'prometheus',
      'performance-metric': 'accuracy',
      'model-name': model,
      'tracking-uri': trainer.uri,
      'prometheus-url': prometheus,
      query,
      ...data,
    }
    return main(inputsOf(contract, given, {}), createJob())
  }

  it('reports a drop without any data', async () => {
    const { outputs, failure } = await check('vector(0.84)')
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      verdict: 'drift',
      'drift-detected': 'true',
      'data-drift': '',
      'performance-drift': 'true',
      'performance-drop': '0.06',
    })
  })

  it('a silent Prometheus is an error, and the drift of the data is still reported', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'performance-drift-'))
    const [reference, current] = [join(folder, 'reference.csv'), join(folder, 'current.csv')]
    const rows = (shift: number) =>
      Array.from({ length: 400 }, (_, at) => Math.sin(at * at) + shift).join('\n')
    await writeFile(reference, `x\n${rows(0)}\n`)
    await writeFile(current, `x\n${rows(3)}\n`)
    const { outputs, failure } = await check('model_accuracy{model_name="digits"}', { reference, current })
    expect(failure?.message).toMatch(/the result is empty/)
    expect(outputs).toMatchObject({
      verdict: 'error',
      'drift-detected': 'false',
      'data-drift': 'true',
      'performance-drift': '',
    })
  })
})
