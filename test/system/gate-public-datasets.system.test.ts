import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { python, pythonBin } from '../../rig/mlflow/index.ts'
import {
  mlflow,
  newModelName,
  readReport,
  runGatekeeper,
  trainer,
  useGatekeeper,
} from './support/mlflow/gatekeeper.ts'
import { expectSuccess, runTrainStep, useTraining } from './support/mlflow/train-step.ts'

useGatekeeper()
useTraining()

const script = join(import.meta.dirname, 'support/mlflow/public_datasets.py')
const call = (command: string) => `"${python}" "${script}" ${command}`

/** Of one data set: scikit-learn's values, and the bounds of an independent paired bootstrap. `error` is its standard error. */
interface Reference {
  rows: number
  candidate: number
  champion: number
  estimate: number
  low: number
  high: number
  error: number
}

let folder: string
let references: Record<string, Reference>
const runs = new Map<string, { runId: string; modelUri: string; logged: Record<string, number> }>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'public-datasets-'))
  const run = promisify(execFile)
  await Promise.all([
    run(python, [script, 'holdout', folder]),
    ...['breast_cancer', 'diabetes'].flatMap((dataset) =>
      ['champion', 'candidate'].map(async (which) => {
        const result = await runTrainStep(call(`train ${dataset} ${which} "${folder}"`), {}, 'bash')
        expectSuccess(result)
        const { 'run-id': runId = '', 'model-uri': modelUri = '', metrics = '' } = result.outputs
        runs.set(`${dataset} ${which}`, { runId, modelUri, logged: JSON.parse(metrics) })
      }),
    ),
  ])
  references = JSON.parse((await run(python, [script, 'reference', folder])).stdout)
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Registers the champion, and evaluates the candidate on the holdout with a script. */
async function evaluateDataset(dataset: string, metric: string) {
  const model = newModelName()
  const [champion, candidate] = ['champion', 'candidate'].map((which) => runs.get(`${dataset} ${which}`))
  await trainer.call('POST', 'registered-models/create', { name: model })
  const source = champion?.modelUri ?? ''
  const version = { name: model, source, model_id: source.replace('models:/', ''), run_id: champion?.runId }
  await trainer.call('POST', 'model-versions/create', version)
  await mlflow.setAlias(model, 'champion', '1')
  const policy = JSON.stringify({
    metric,
    evaluate: { run: call(`score ${dataset}`), timeout: '3m' },
    holdout: { path: `${dataset}.csv` },
  })
  const { outputs } = await runGatekeeper(
    model,
    { metric: '', 'run-id': candidate?.runId ?? '', policy },
    { workspace: folder, env: { PATH: [pythonBin, process.env.PATH].join(delimiter) } },
  )
  return { outputs, report: readReport(outputs), candidate, champion }
}

/**
 * How far outside of the reference's bounds those of the gate may lie, in standard errors of the difference. A bound of the
 * gate's 2,000 resamples has a Monte Carlo error of 0.06, one of the reference's 10,000 has 0.03: together 0.07. The gate
 * moves its bounds outwards by one such error of its own, so that no lucky seed decides. So it may be inside by two errors,
 * and outside by three and its own. Bounds of 97.5 % would be inside by 0.2, those of unpaired rows by 0.6 or more.
 */
const TOLERANCE = { least: -0.15, greatest: 0.3 }

describe('on a public data set, the verdict is what the paired interval says', () => {
  it.each([
    ['breast_cancer', 'auc', 'promote'],
    ['diabetes', 'rmse', 'inconclusive'],
  ])('%s by %s: %s', async (dataset, metric, verdict) => {
    const reference = references[dataset]
    if (!reference) throw new Error(`no reference of ${dataset}`)
    // Both candidates have the better value; only the interval differs in what it shows.
    expect(reference.estimate).toBeGreaterThan(0)
    expect(reference.low > 0 ? 'promote' : 'inconclusive').toBe(verdict)
    const { outputs, report, ...trained } = await evaluateDataset(dataset, metric)
    expect(outputs).toMatchObject({ verdict, 'evaluation-basis': 'paired' })
    for (const [who, logged] of Object.entries(trained)) {
      const value = reference[who as 'candidate' | 'champion']
      expect(logged?.logged[metric]).toBeCloseTo(value, 9)
      expect(Number(outputs[`${who}-value`])).toBeCloseTo(value, 9)
    }
    const change = report.checks[0]?.change
    expect(report.holdout?.rows).toBe(reference.rows)
    expect(change).toMatchObject({ paired: true, units: reference.rows, confidence: 0.95 })
    expect(change?.estimate).toBeCloseTo(reference.estimate, 9)
    const [low, high] = [Number(change?.low ?? Number.NaN), Number(change?.high ?? Number.NaN)]
    for (const outside of [reference.low - low, high - reference.high]) {
      expect(outside / reference.error).toBeGreaterThan(TOLERANCE.least)
      expect(outside / reference.error).toBeLessThan(TOLERANCE.greatest)
    }
    expect(report.selfTests.filter(({ passed }) => !passed)).toEqual([])
    expect(report.notes).toEqual([expect.stringMatching(/^Leakage was not checked: /)])
  })
})
