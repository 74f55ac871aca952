import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ledger } from '../../src/domain/ledger.ts'
import { mlflow, useGate } from './gate.ts'
import { judge, RIGHTS, rowsPolicy, SCORE, versionsWrong, workspace, workspaceWith } from './row-models.ts'

useGate()

describe('rows that prove nothing', () => {
  const INCOMPARABLE = { version: 1, by: 'ada', reason: 'its library is gone' }

  it.each([
    [
      'nobody let it go',
      undefined,
      'inconclusive',
      /^champion 1 can no longer be scored.*incomparable.*exited with 3/,
    ],
    ['a person let it go until today', '2026-01-02', 'promote', /accuracy 0\.95 is within 0\.9/],
    [
      'a person let it go until yesterday',
      '2026-01-01',
      'inconclusive',
      /incomparable: .*; what the policy lets go in champion\.incomparable ended on 2026-01-01$/,
    ],
  ])('a champion that cannot be scored: %s', async (_, until, verdict, reason) => {
    const { model } = await versionsWrong(undefined)
    const champion = until && { champion: { incomparable: { ...INCOMPARABLE, until } } }
    const { outputs, report } = await judge(model, 50, rowsPolicy({ min_value: 0.9, ...champion }))
    expect(outputs).toMatchObject({ verdict, 'champion-version': '1', 'candidate-value': '0.95' })
    expect(outputs.reason).toMatch(reason)
    expect(report.notes.some((note) => note.includes('Let go by ada until 2026-01-02'))).toBe(
      verdict === 'promote',
    )
  })

  it('a champion that is let go says nothing of another version, and leaves a floor to be asked for', async () => {
    const { model } = await versionsWrong(150, undefined)
    const champion = { incomparable: { ...INCOMPARABLE, until: '2026-01-02' } }
    const other = await judge(model, 50, rowsPolicy({ min_value: 0.9, champion }))
    expect(other.outputs.reason).toMatch(/^champion 2 can no longer be scored.*let this version go/)
    const mine = { incomparable: { ...INCOMPARABLE, version: 2, until: '2026-01-02' } }
    const bare = await judge(model, 50, rowsPolicy({ champion: mine }))
    expect(bare.outputs).toMatchObject({ verdict: 'inconclusive' })
    expect(bare.outputs.reason).toMatch(/asks nothing that could be answered/)
  })

  it('a candidate that cannot be scored', async () => {
    const { model } = await versionsWrong(150)
    const { outputs } = await judge(model, undefined, rowsPolicy())
    expect(outputs).toMatchObject({ verdict: 'reject', 'champion-version': '1' })
    expect(outputs.reason).toMatch(/^the candidate cannot be scored: the script exited with 3/)
  })

  it('rows of the training', async () => {
    const { model } = await versionsWrong(150)
    writeFileSync(join(workspace, 'trained.csv'), 'id\n7\n5000\n8\n')
    const holdout = { path: 'holdout.csv', training_ids: 'trained.csv' }
    const { outputs } = await judge(model, 50, rowsPolicy({ holdout }))
    expect(outputs).toMatchObject({ verdict: 'inconclusive', 'judged-on': 'same-rows' })
    expect(outputs.reason).toMatch(/trained on 2 of the holdout's 1,?000 rows \(ids "7", "8"\)/)
  })

  it.each([
    ['final', '2025-01-01T00:00:00Z', 'promote', /^accuracy/],
    // Of tomorrow, whenever this runs.
    ['young', new Date(Date.now() + 86_400_000).toISOString(), 'inconclusive', /younger than 7 days/],
  ])('labels that are %s', async (_, time, verdict, reason) => {
    const { model } = await versionsWrong(150)
    const holdout = { path: 'holdout.csv', time: 'time', label_lag: '7d' }
    const policy = rowsPolicy({ holdout })
    const { outputs } = await judge(model, 50, policy, { workspace: workspaceWith({ time }) })
    expect(outputs.verdict).toBe(verdict)
    expect(outputs.reason).toMatch(reason)
  })

  it("a script that works for no model is nobody's verdict", async () => {
    const { model } = await versionsWrong(undefined)
    await expect(judge(model, undefined, rowsPolicy())).rejects.toThrow(
      /^Policy evaluate\.run: it gave predictions of no model \(champion: .*; candidate: .*mend the script/,
    )
    expect((await mlflow.version(model, '1'))?.tags[ledger.judgements]).toBeUndefined()
  })

  it.each([
    ['a gain', { min_improvement: 0.2 }],
    ['a floor', { min_value: 1.5 }],
  ])('a policy that asks for %s that not even the labels have breaks the gate', async (_, asked) => {
    const { model } = await versionsWrong(150)
    const { outputs, failure, report } = await judge(model, 50, rowsPolicy(asked))
    expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false', 'model-version': '' })
    expect(outputs.reason).toMatch(/^the gate is broken and judged nothing: .*no candidate could ever pass/)
    expect(failure?.message).toMatch(/The gate says inconclusive: the gate is broken.*Mend the policy/)
    expect(report.selfTests.some(({ passed }) => !passed)).toBe(true)
  })

  it('a script has the variables of the job, and none that gives rights', async () => {
    const { model } = await versionsWrong(150)
    const forbidden = JSON.stringify(Object.keys(RIGHTS))
    const looking = `
import os
assert os.environ["SHOP"] == "digits"
names = [name for name in os.environ if name in ${forbidden}]
assert not names, names
assert not [name for name in os.environ if name.startswith(("MLFLOW_", "INPUT_", "ACTIONS_"))]
${SCORE}`
    const evaluate = { run: looking, shell: 'python' }
    const { outputs } = await judge(model, 50, rowsPolicy({ evaluate }))
    expect(outputs.verdict).toBe('promote')
  })
})
