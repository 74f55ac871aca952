import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { mlflow, useGatekeeper } from './support/mlflow/gatekeeper.ts'
import {
  createWorkspace,
  evaluateModel,
  pairedPolicy,
  registerWithErrors,
  SCORING_SCRIPT,
  SECRET_VARIABLES,
  workspace,
} from './support/mlflow/paired-models.ts'

useGatekeeper()

describe('invalid evidence', () => {
  const WAIVER = { version: 1, by: 'ada', reason: 'its library is gone' }

  it.each([
    [
      'without a waiver',
      undefined,
      'inconclusive',
      /^champion 1 cannot be scored.*incomparable.*exited with code 3/,
    ],
    ['with a waiver until today', '2026-01-02', 'promote', /accuracy 0\.95 meets the minimum of 0\.9/],
    [
      'with a waiver until yesterday',
      '2026-01-01',
      'inconclusive',
      /\. The champion\.waiver of the policy expired on 2026-01-01$/,
    ],
  ])('a champion that cannot be scored: %s', async (_, until, verdict, reason) => {
    const { model } = await registerWithErrors(undefined)
    const champion = until && { champion: { waiver: { ...WAIVER, until } } }
    const { outputs, report } = await evaluateModel(model, 50, pairedPolicy({ min_value: 0.9, ...champion }))
    expect(outputs).toMatchObject({ verdict, 'champion-version': '1', 'candidate-value': '0.95' })
    expect(outputs.reason).toMatch(reason)
    expect(report.notes.some((note) => note.includes('Waived by ada until 2026-01-02'))).toBe(
      verdict === 'promote',
    )
  })

  it('a waiver covers one version only, and the policy then needs a limit', async () => {
    const { model } = await registerWithErrors(150, undefined)
    const champion = { waiver: { ...WAIVER, until: '2026-01-02' } }
    const other = await evaluateModel(model, 50, pairedPolicy({ min_value: 0.9, champion }))
    expect(other.outputs.reason).toMatch(/^champion 2 cannot be scored.*waive this version/)
    const current = { waiver: { ...WAIVER, version: 2, until: '2026-01-02' } }
    const bare = await evaluateModel(model, 50, pairedPolicy({ champion: current }))
    expect(bare.outputs).toMatchObject({ verdict: 'inconclusive' })
    expect(bare.outputs.reason).toMatch(/no criterion of the policy applies/)
  })

  it('a candidate that cannot be scored', async () => {
    const { model } = await registerWithErrors(150)
    const { outputs } = await evaluateModel(model, undefined, pairedPolicy())
    expect(outputs).toMatchObject({ verdict: 'reject', 'champion-version': '1' })
    expect(outputs.reason).toMatch(/^the candidate cannot be scored: the script exited with code 3/)
  })

  it('rows of the training data', async () => {
    const { model } = await registerWithErrors(150)
    writeFileSync(join(workspace, 'trained.csv'), 'id\n7\n5000\n8\n')
    const holdout = { path: 'holdout.csv', training_ids: 'trained.csv' }
    const { outputs } = await evaluateModel(model, 50, pairedPolicy({ holdout }))
    expect(outputs).toMatchObject({ verdict: 'inconclusive', 'evaluation-basis': 'paired' })
    expect(outputs.reason).toMatch(/trained on 2 of the holdout's 1,?000 rows \(ids "7", "8"\)/)
  })

  it.each([
    ['final', '2025-01-01T00:00:00Z', 'promote', /^accuracy/],
    // Of tomorrow, whenever this runs.
    ['immature', new Date(Date.now() + 86_400_000).toISOString(), 'inconclusive', /younger than 7 days/],
  ])('labels that are %s', async (_, time, verdict, reason) => {
    const { model } = await registerWithErrors(150)
    const holdout = { path: 'holdout.csv', time: 'time', label_lag: '7d' }
    const policy = pairedPolicy({ holdout })
    const { outputs } = await evaluateModel(model, 50, policy, { workspace: createWorkspace({ time }) })
    expect(outputs.verdict).toBe(verdict)
    expect(outputs.reason).toMatch(reason)
  })

  it('a script that fails for every model gives no verdict', async () => {
    const { model } = await registerWithErrors(undefined)
    await expect(evaluateModel(model, undefined, pairedPolicy())).rejects.toThrow(
      /^Policy evaluate\.run: the script failed for every model \(champion: .*; candidate: .*Fix the script/,
    )
    expect((await mlflow.getVersion(model, '1'))?.tags[versionTags.evaluationHistory]).toBeUndefined()
  })

  it('a policy with an improvement above perfect predictions fails the self-test', async () => {
    const { model } = await registerWithErrors(150)
    const policy = pairedPolicy({ min_improvement: 0.2 })
    const { outputs, failure, report } = await evaluateModel(model, 50, policy)
    expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false', 'model-version': '' })
    expect(outputs.reason).toMatch(/^gate self-test failed: .*No candidate can pass/)
    expect(failure?.message).toMatch(/Verdict inconclusive: gate self-test failed.*Fix the policy/)
    expect(report.selfTests.some(({ passed }) => !passed)).toBe(true)
  })

  it('a script gets the variables of the job without credentials', async () => {
    const { model } = await registerWithErrors(150)
    const forbidden = JSON.stringify(Object.keys(SECRET_VARIABLES))
    const looking = `
import os
assert os.environ["SHOP"] == "digits"
names = [name for name in os.environ if name in ${forbidden}]
assert not names, names
assert not [name for name in os.environ if name.startswith(("MLFLOW_", "INPUT_", "ACTIONS_"))]
${SCORING_SCRIPT}`
    const evaluate = { run: looking, shell: 'python' }
    const { outputs } = await evaluateModel(model, 50, pairedPolicy({ evaluate }))
    expect(outputs.verdict).toBe('promote')
  })
})
