import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../src/domain/failure.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { readGatePolicy } from './policy.ts'
import { policyStanding, type StandingInputs } from './policy-standing.ts'

const workspace = mkdtempSync(join(tmpdir(), 'standing-'))
const text =
  'defaults:\n  gate: {metric: auc, min_improvement: 0.01}\nmodels:\n  b: {gate: {min_value: 0.5}}\n'
writeFileSync(join(workspace, 'policy.yml'), text)

interface Given {
  event?: string
  ref?: string
  inputs?: StandingInputs
  /** What the default branch says. */
  there?: string | undefined | Error
  payload?: unknown
  repository?: string
}

/** Where the policy stands; with what GitHub was asked for. */
async function standing({ event = 'pull_request', ref = 'refs/pull/7/merge', ...given }: Given) {
  const inputs = { policy: 'policy.yml', 'model-name': 'a', ...given.inputs }
  const context = quietContext({
    event,
    workspace,
    payload: given.payload ?? { repository: { default_branch: 'main' } },
    env: { GITHUB_REF: ref },
  })
  context.run.repository = given.repository ?? 'shop/digits'
  const asked: string[] = []
  const github = {
    async fileOnDefaultBranch(repository: string, path: string) {
      asked.push(`${repository} ${path}`)
      if (given.there instanceof Error) throw given.there
      return given.there
    },
  }
  const read = readGatePolicy(inputs, workspace)
  return { ...(await policyStanding(read, inputs, context, () => github)), asked }
}

describe('a policy counts', () => {
  it.each<[string, Given]>([
    ['that stands in the workflow', { inputs: { policy: 'metric: auc' } }],
    ['of inputs alone', { inputs: { policy: undefined, metric: 'auc' } }],
    ['that the workflow lets count from any ref', { inputs: { 'allow-policy-from-ref': true } }],
    ['outside GitHub', { repository: '' }],
    ['on a schedule', { event: 'schedule', ref: 'refs/heads/main' }],
    ['on a dispatch', { event: 'repository_dispatch', ref: 'refs/heads/main' }],
    ['pushed to the default branch', { event: 'push', ref: 'refs/heads/main' }],
    ['started by hand on the default branch', { event: 'workflow_dispatch', ref: 'refs/heads/main' }],
  ])('%s, without a question', async (_what, given) => {
    expect(await standing(given)).toMatchObject({ counts: true, asked: [] })
  })

  it.each([
    ['as it is', text],
    ['in other words', 'defaults: {gate: {metric: "auc", min-improvement: 0.010, kind: challenger}}'],
    ['with another gate for another model', `${text}  c: {gate: {metric: f1}}\n`],
  ])('that the default branch has, %s', async (_what, there) => {
    expect(await standing({ there })).toMatchObject({ counts: true, asked: ['shop/digits policy.yml'] })
  })

  it('with the same inputs on both sides', async () => {
    const there = text.replace('min_improvement: 0.01', 'min_improvement: 0.05')
    expect(await standing({ there })).toMatchObject({ counts: false })
    expect(await standing({ there, inputs: { 'min-improvement': '0.02' } })).toMatchObject({ counts: true })
  })

  it('judged by what the runs hold, as the default branch has it', async () => {
    const there =
      'metric: auc\nholdout: {artifact: h.csv, training_ids: {artifact: t.csv}}\npredictions: {artifact: p.csv}\n'
    writeFileSync(join(workspace, 'artifacts.yml'), there)
    const inputs = { policy: 'artifacts.yml' }
    expect(await standing({ there, inputs })).toMatchObject({ counts: true })
    expect(await standing({ there: 'metric: auc', inputs })).toMatchObject({ counts: false })
  })

  it('by its path from the workspace on', async () => {
    const policy = join(workspace, 'policy.yml')
    expect((await standing({ there: text, inputs: { policy } })).asked).toEqual(['shop/digits policy.yml'])
  })
})

describe('a policy does not count', () => {
  const cure = /; merge it there, or set allow-policy-from-ref: true$/
  it.each<[string, Given, RegExp]>([
    ['that is new', { there: undefined }, /"policy.yml" is not on the default branch, or the token may not/],
    ['that differs', { there: text.replace('0.01', '0.02') }, /differs from the default branch's/],
    [
      'that differs for this model',
      { there: text.replace('0.5', '0.6'), inputs: { 'model-name': 'b' } },
      /differs/,
    ],
    [
      'that decides where the default branch only tries',
      { there: text.replace('{metric', '{decision: {mode: dry-run}, metric') },
      /differs/,
    ],
    ['that is unreadable there', { there: 'metric: [\n::error::' }, /cannot be read as it is on the/],
    ['that is another form there', { there: '# nothing' }, /a gate that can never say no is none/],
  ])('%s', async (_what, given, why) => {
    const answer = await standing(given)
    expect(answer).toMatchObject({ counts: false, why: expect.stringMatching(why) })
    expect(answer).toMatchObject({ why: expect.stringMatching(cure) })
    expect('why' in answer && answer.why).not.toContain('\n')
  })

  it.each([
    ['holdout: {path: h.csv}\nevaluate: {run: x}', 'holdout and script'],
    ['holdout: {artifact: h.csv}\nevaluate: {run: x}', 'script'],
    ['holdout: {artifact: h.csv}\npredictions: {candidate: a.csv, champion: b.csv}', 'predictions'],
    ['holdout: {path: h.csv}\npredictions: {artifact: p.csv}', 'holdout'],
    ['holdout: {artifact: h.csv, training_ids: t.csv}\npredictions: {artifact: p.csv}', 'training ids'],
  ])('judged by what the ref supplies: %j', async (evidence, own) => {
    const there = `metric: auc\n${evidence}\n`
    writeFileSync(join(workspace, 'evidence.yml'), there)
    const inputs = { policy: 'evidence.yml' }
    const answer = await standing({ there, inputs })
    expect(answer).toMatchObject({ counts: false, asked: [] })
    expect('why' in answer && answer.why).toBe(
      `the policy "evidence.yml" is judged by files of the workspace: its ${own} are those of this ref; judge on the default branch, or by artifacts of the runs, or set allow-policy-from-ref: true`,
    )
    const allowed = { ...inputs, 'allow-policy-from-ref': true }
    expect(await standing({ there, inputs: allowed })).toMatchObject({ counts: true })
    const main = { event: 'push', ref: 'refs/heads/main' }
    expect(await standing({ there, inputs, ...main })).toMatchObject({ counts: true })
  })

  it.each([
    ['pull_request_target', 'refs/heads/main'],
    ['workflow_run', 'refs/heads/main'],
    ['issue_comment', 'refs/heads/main'],
    ['push', 'refs/heads/feature'],
    ['push', 'refs/tags/main'],
    ['workflow_dispatch', 'refs/heads/feature'],
  ])('unasked on %s of %s, which may have any tree checked out', async (event, ref) => {
    const answer = await standing({ event, ref, there: text.replace('0.01', '0.02') })
    expect(answer).toMatchObject({ counts: false, asked: ['shop/digits policy.yml'] })
  })

  it('where the event does not name the default branch and the file differs', async () => {
    const given = { event: 'push', ref: 'refs/heads/main', payload: {}, there: undefined }
    expect(await standing(given)).toMatchObject({ counts: false })
  })

  it('from outside the workspace', async () => {
    const elsewhere = join(mkdtempSync(join(tmpdir(), 'elsewhere-')), 'policy.yml')
    writeFileSync(elsewhere, text)
    expect(await standing({ inputs: { policy: elsewhere }, there: text })).toMatchObject({
      counts: false,
      why: expect.stringMatching(/lies outside the workspace/),
      asked: [],
    })
  })
})

it('GitHub not answering is a fault, and no verdict', async () => {
  const there = new Fault({ system: 'GitHub', call: 'GET /', said: 'no', next: 'Wait.' })
  await expect(standing({ there })).rejects.toBe(there)
})
