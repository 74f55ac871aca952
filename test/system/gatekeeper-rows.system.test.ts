import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reportSchema } from '../../actions/gatekeeper/report-schema.ts'
import { python } from '../../rig/mlflow/index.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { gate, mlflow, reportAt, trainer, useGate } from './gate.ts'
import {
  env,
  judge,
  predictions,
  ROWS,
  rowsPolicy,
  trainedWrong,
  versionsWrong,
  workspace,
  workspaceWith,
} from './row-models.ts'

useGate()

describe('two models on the same rows', () => {
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
      /cannot tell whether it is better by at least 0\.01; about [0-9,]+ rows would$/,
      /^[1-9][0-9]{3,}$/,
    ],
  ] as const)('challenger: %s', async (verdict, wrong, reason, needed) => {
    const { model } = await versionsWrong(150)
    const { outputs, report, summary, runId } = await judge(model, wrong, rowsPolicy())
    expect(outputs).toMatchObject({
      verdict,
      promote: String(verdict === 'promote'),
      'judged-on': 'same-rows',
      'candidate-value': String(1 - wrong / ROWS),
      'champion-value': '0.85',
    })
    expect(outputs.reason).toMatch(reason)
    expect(outputs['rows-needed']).toMatch(needed === '' ? /^$/ : needed)
    if (needed !== '') expect(Number(outputs['rows-needed'])).toBeGreaterThan(ROWS)
    expect(report.selfTests.map(({ passed }) => passed)).toEqual([true, true, true, true])
    expect(report.holdout?.rows).toBe(ROWS)
    expect(report.checks[0]?.change).toMatchObject({ paired: true, units: ROWS })
    expect(report.checks[0]?.change?.estimate).toBeCloseTo((150 - wrong) / ROWS)
    expect(summary).toContain(verdict)
    const champion = await mlflow.version(model, '1')
    expect(champion?.tags[ledger.judgements]?.includes(runId) ?? false).toBe(verdict !== 'promote')
  })

  it.each([
    ['promote', 60, /^accuracy/],
    ['reject', 100, /anchor/],
  ])('refresh with an anchor: %s, since small steps down add up', async (verdict, wrong, reason) => {
    const { model } = await versionsWrong(50, 80)
    const policy = rowsPolicy({
      kind: 'refresh',
      min_improvement: undefined,
      margin: 0.03,
      anchor: { version: 1, margin: 0.03 },
    })
    const { outputs, report } = await judge(model, wrong, policy)
    expect(outputs).toMatchObject({ verdict, 'champion-version': '2' })
    expect(outputs.reason).toMatch(reason)
    expect(report.checks.map(({ kind, result }) => `${kind} ${result}`)).toEqual([
      'primary holds',
      verdict === 'promote' ? 'anchor holds' : 'anchor fails',
    ])
  })

  it('have left their predictions in their runs', async () => {
    const { model, runs } = await versionsWrong(150)
    const into = (runId: string, wrong: number) =>
      trainer.putInRun(runId, 'eval/predictions.csv', predictions(wrong))
    await into(runs[0] ?? '', 150)
    const policy = rowsPolicy({ evaluate: undefined, predictions: { artifact: 'eval/predictions.csv' } })
    const { outputs } = await judge(model, undefined, policy, { before: (runId) => into(runId, 50) })
    expect(outputs).toMatchObject({
      verdict: 'promote',
      'candidate-value': '0.95',
      'champion-value': '0.85',
      'judged-on': 'same-rows',
    })
  })

  it('have files of predictions, of CSV or of Parquet', async () => {
    const { model } = await versionsWrong(150)
    const at = (name: string) => join(workspace, name)
    writeFileSync(at('better.csv'), predictions(50))
    writeFileSync(at('champion.csv'), predictions(150))
    const convert = `import pandas as pd, sys; pd.read_csv(sys.argv[1]).to_parquet(sys.argv[2])`
    execFileSync(python, ['-c', convert, at('better.csv'), at('better.parquet')])
    const changes = { evaluate: undefined, min_improvement: 0.01 }
    const judged = []
    for (const candidate of ['better.csv', 'better.parquet']) {
      const policy = rowsPolicy({ ...changes, predictions: { candidate, champion: 'champion.csv' } })
      judged.push(await judge(model, 1, policy))
    }
    const [csv, parquet] = judged
    expect(csv?.outputs).toMatchObject({ verdict: 'promote', 'candidate-value': '0.95' })
    expect(parquet?.report.checks).toEqual(csv?.report.checks)
  })

  it('have a report among the artifacts of the run, of the published form', async () => {
    const { model } = await versionsWrong(150)
    const { outputs, runId } = await judge(model, 50, rowsPolicy())
    const there = await fetch(`${trainer.uri}/get-artifact?run_uuid=${runId}&path=retrain/gate-report.json`)
    expect(there.status).toBe(200)
    const text = await there.text()
    expect(text).toBe(readFileSync(outputs.report ?? '', 'utf8'))
    expect(reportSchema.parse(JSON.parse(text))).toMatchObject({ verdict: 'promote', judgedOn: 'same-rows' })
  })

  it('get the same numbers again, and others from other rows', async () => {
    const { model } = await versionsWrong(150)
    const policy = rowsPolicy({ metric: 'balanced_accuracy' })
    const { runId } = await trainedWrong(50)
    const change = async (at: string) => {
      const { outputs } = await gate(model, { metric: '', 'run-id': runId, policy }, { workspace: at, env })
      return reportAt(outputs).checks[0]?.change
    }
    const once = await change(workspaceWith({ from: 10_000 }))
    expect(once?.method).toMatch(/bootstrap/)
    expect(await change(workspaceWith({ from: 10_000 }))).toEqual(once)
    // The same labels in the same order, so that nothing but the seed can tell the two apart.
    const others = await change(workspaceWith({ from: 20_000 }))
    expect(others?.estimate).toBe(once?.estimate)
    expect([others?.low, others?.high]).not.toEqual([once?.low, once?.high])
  })
})
