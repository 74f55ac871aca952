import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { reportSchema } from '../../actions/gatekeeper/output/report-schema.ts'
import { python } from '../../rig/mlflow/index.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { mlflow, readReport, runGatekeeper, trainer, useGatekeeper } from './support/mlflow/gatekeeper.ts'
import {
  createWorkspace,
  env,
  evaluateModel,
  pairedPolicy,
  ROWS,
  registerWithErrors,
  trainWithErrors,
  workspace,
  writePredictions,
} from './support/mlflow/paired-models.ts'

useGatekeeper()

describe('paired evaluation', () => {
  it.each([
    [
      'promote',
      50,
      /^accuracy 0\.95 against 0\.85 of champion 1 on the same 1,000 rows: better by 0\.1 /,
      '',
    ],
    ['reject', 148, /^accuracy 0\.852 against 0\.85 of champion 1 on the same 1,000 rows/, ''],
    [
      'inconclusive',
      135,
      /too uncertain to tell whether it is better by at least 0\.01; about [0-9,]+ rows would decide$/,
      /^[1-9][0-9]{3,}$/,
    ],
  ] as const)('challenger: %s', async (verdict, wrong, reason, needed) => {
    const { model } = await registerWithErrors(150)
    const { outputs, report, summary, runId } = await evaluateModel(model, wrong, pairedPolicy())
    expect(outputs).toMatchObject({
      verdict,
      promote: String(verdict === 'promote'),
      'evaluation-basis': 'paired',
      'candidate-value': String(1 - wrong / ROWS),
      'champion-value': '0.85',
    })
    expect(outputs.reason).toMatch(reason)
    expect(outputs['required-sample-size']).toMatch(needed === '' ? /^$/ : needed)
    if (needed !== '') expect(Number(outputs['required-sample-size'])).toBeGreaterThan(ROWS)
    expect(report.selfTests.map(({ passed }) => passed)).toEqual([true, true, true, true])
    expect(report.holdout?.rows).toBe(ROWS)
    expect(report.checks[0]?.change).toMatchObject({ paired: true, units: ROWS })
    expect(report.checks[0]?.change?.estimate).toBeCloseTo((150 - wrong) / ROWS)
    expect(summary).toContain(verdict)
    const champion = await mlflow.getVersion(model, '1')
    expect(champion?.tags[versionTags.evaluationHistory]?.includes(runId) ?? false).toBe(
      verdict !== 'promote',
    )
  })

  it.each([
    ['promote', 60, /^accuracy/],
    ['reject', 100, /anchor/],
  ])('limits the sum of small regressions with an anchor: %s', async (verdict, wrong, reason) => {
    const { model } = await registerWithErrors(50, 80)
    const policy = pairedPolicy({
      kind: 'refresh',
      min_improvement: undefined,
      margin: 0.03,
      anchor: { version: 1, margin: 0.03 },
    })
    const { outputs, report } = await evaluateModel(model, wrong, policy)
    expect(outputs).toMatchObject({ verdict, 'champion-version': '2' })
    expect(outputs.reason).toMatch(reason)
    expect(report.checks.map(({ kind, result }) => `${kind} ${result}`)).toEqual([
      'primary pass',
      verdict === 'promote' ? 'anchor pass' : 'anchor fail',
    ])
  })

  it('reads predictions from artifacts of the runs', async () => {
    const { model, runs } = await registerWithErrors(150)
    const into = (runId: string, wrong: number) =>
      trainer.putInRun(runId, 'eval/predictions.csv', writePredictions(wrong))
    await into(runs[0] ?? '', 150)
    const policy = pairedPolicy({ evaluate: undefined, predictions: { artifact: 'eval/predictions.csv' } })
    const { outputs } = await evaluateModel(model, undefined, policy, { before: (runId) => into(runId, 50) })
    expect(outputs).toMatchObject({
      verdict: 'promote',
      'candidate-value': '0.95',
      'champion-value': '0.85',
      'evaluation-basis': 'paired',
    })
  })

  it('reads predictions from CSV and Parquet files', async () => {
    const { model } = await registerWithErrors(150)
    const at = (name: string) => join(workspace, name)
    writeFileSync(at('better.csv'), writePredictions(50))
    writeFileSync(at('champion.csv'), writePredictions(150))
    const convert = `import pandas as pd, sys; pd.read_csv(sys.argv[1]).to_parquet(sys.argv[2])`
    // Not execFileSync: it would block the connections to MLflow past the server's keep-alive.
    await promisify(execFile)(python, ['-c', convert, at('better.csv'), at('better.parquet')])
    const changes = { evaluate: undefined, min_improvement: 0.01 }
    const evaluations = []
    for (const candidate of ['better.csv', 'better.parquet']) {
      const policy = pairedPolicy({ ...changes, predictions: { candidate, champion: 'champion.csv' } })
      evaluations.push(await evaluateModel(model, 1, policy))
    }
    const [csv, parquet] = evaluations
    expect(csv?.outputs).toMatchObject({ verdict: 'promote', 'candidate-value': '0.95' })
    expect(parquet?.report.checks).toEqual(csv?.report.checks)
  })

  it('logs the report in the published schema to the run', async () => {
    const { model } = await registerWithErrors(150)
    const { outputs, runId } = await evaluateModel(model, 50, pairedPolicy())
    const there = await fetch(`${trainer.uri}/get-artifact?run_uuid=${runId}&path=retrain/gate-report.json`)
    expect(there.status).toBe(200)
    const text = await there.text()
    expect(text).toBe(readFileSync(outputs.report ?? '', 'utf8'))
    expect(reportSchema.parse(JSON.parse(text))).toMatchObject({
      verdict: 'promote',
      evaluationBasis: 'paired',
    })
  })

  it('gives the same interval for the same rows, and another for other rows', async () => {
    const { model } = await registerWithErrors(150)
    const policy = pairedPolicy({ metric: 'balanced_accuracy' })
    const { runId } = await trainWithErrors(50)
    const change = async (at: string) => {
      const { outputs } = await runGatekeeper(
        model,
        { metric: '', 'run-id': runId, policy },
        { workspace: at, env },
      )
      return readReport(outputs).checks[0]?.change
    }
    const once = await change(createWorkspace({ from: 10_000 }))
    expect(once?.method).toMatch(/bootstrap/)
    expect(await change(createWorkspace({ from: 10_000 }))).toEqual(once)
    // The same labels in the same order, so that nothing but the seed can tell the two apart.
    const others = await change(createWorkspace({ from: 20_000 }))
    expect(others?.estimate).toBe(once?.estimate)
    expect([others?.low, others?.high]).not.toEqual([once?.low, once?.high])
  })
})
