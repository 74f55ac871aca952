import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../../src/domain/core/errors.ts'
import { loadGatePolicy } from '../../../src/policy/policy-inputs.ts'
import { fakeContext } from '../../../test/fakes/context.ts'
import { checkPolicyProvenance, type ProvenanceInputs } from './policy-provenance.ts'

const workspace = mkdtempSync(join(tmpdir(), 'provenance-'))
const text =
  'defaults:\n  gate: {metric: auc, min_improvement: 0.01}\nmodels:\n  b: {gate: {min_value: 0.5}}\n'
writeFileSync(join(workspace, 'policy.yml'), text)

interface ProvenanceCase {
  event?: string
  ref?: string
  inputs?: ProvenanceInputs
  /** The file on the default branch. */
  onDefaultBranch?: string | undefined | Error
  payload?: unknown
  repository?: string
}

/** Checks the provenance and records the requests to GitHub. */
async function checkProvenance({
  event = 'pull_request',
  ref = 'refs/pull/7/merge',
  ...given
}: ProvenanceCase) {
  const inputs = { policy: 'policy.yml', 'model-name': 'a', ...given.inputs }
  const context = fakeContext({
    event,
    workspace,
    payload: given.payload ?? { repository: { default_branch: 'main' } },
    env: { GITHUB_REF: ref },
  })
  context.run.repository = given.repository ?? 'shop/digits'
  const requests: string[] = []
  const github = {
    async readDefaultBranchFile(repository: string, path: string) {
      requests.push(`${repository} ${path}`)
      if (given.onDefaultBranch instanceof Error) throw given.onDefaultBranch
      return given.onDefaultBranch
    },
  }
  const read = loadGatePolicy(inputs, workspace)
  return { ...(await checkPolicyProvenance(read, inputs, context, () => github)), requests }
}

describe('a policy is trusted', () => {
  it.each<[string, ProvenanceCase]>([
    ['in the workflow', { inputs: { policy: 'metric: auc' } }],
    ['of inputs only', { inputs: { policy: undefined, metric: 'auc' } }],
    ['with allow-policy-from-ref', { inputs: { 'allow-policy-from-ref': true } }],
    ['outside GitHub', { repository: '' }],
    ['on a schedule', { event: 'schedule', ref: 'refs/heads/main' }],
    ['on a dispatch', { event: 'repository_dispatch', ref: 'refs/heads/main' }],
    ['pushed to the default branch', { event: 'push', ref: 'refs/heads/main' }],
    ['dispatched on the default branch', { event: 'workflow_dispatch', ref: 'refs/heads/main' }],
  ])('%s, without a request to GitHub', async (_, given) => {
    expect(await checkProvenance(given)).toMatchObject({ trusted: true, requests: [] })
  })

  it.each([
    ['unchanged', text],
    ['in another notation', 'defaults: {gate: {metric: "auc", min-improvement: 0.010, kind: challenger}}'],
    ['with another gate for another model', `${text}  c: {gate: {metric: f1}}\n`],
  ])('if the default branch has it %s', async (_, content) => {
    expect(await checkProvenance({ onDefaultBranch: content })).toMatchObject({
      trusted: true,
      requests: ['shop/digits policy.yml'],
    })
  })

  it('after the same inputs are applied to both', async () => {
    const content = text.replace('min_improvement: 0.01', 'min_improvement: 0.05')
    expect(await checkProvenance({ onDefaultBranch: content })).toMatchObject({ trusted: false })
    expect(
      await checkProvenance({ onDefaultBranch: content, inputs: { 'min-improvement': '0.02' } }),
    ).toMatchObject({ trusted: true })
  })

  it('if its evidence comes from artifacts of the runs and the default branch has it', async () => {
    const content =
      'metric: auc\nholdout: {artifact: h.csv, training_ids: {artifact: t.csv}}\npredictions: {artifact: p.csv}\n'
    writeFileSync(join(workspace, 'artifacts.yml'), content)
    const inputs = { policy: 'artifacts.yml' }
    expect(await checkProvenance({ onDefaultBranch: content, inputs })).toMatchObject({ trusted: true })
    expect(await checkProvenance({ onDefaultBranch: 'metric: auc', inputs })).toMatchObject({
      trusted: false,
    })
  })

  it('by its path relative to the workspace', async () => {
    const policy = join(workspace, 'policy.yml')
    expect((await checkProvenance({ onDefaultBranch: text, inputs: { policy } })).requests).toEqual([
      'shop/digits policy.yml',
    ])
  })
})

describe('a policy is untrusted', () => {
  const fix = /\. Merge it, or set allow-policy-from-ref: true$/
  it.each<[string, ProvenanceCase, RegExp]>([
    [
      'that is new',
      { onDefaultBranch: undefined },
      /"policy.yml" is not on the default branch, or the token cannot read it/,
    ],
    ['that differs', { onDefaultBranch: text.replace('0.01', '0.02') }, /differs from the default branch/],
    [
      'that differs for this model',
      { onDefaultBranch: text.replace('0.5', '0.6'), inputs: { 'model-name': 'b' } },
      /differs/,
    ],
    [
      'that enforces while the default branch has a dry run',
      { onDefaultBranch: text.replace('{metric', '{decision: {mode: dry-run}, metric') },
      /differs/,
    ],
    [
      'that is invalid on the default branch',
      { onDefaultBranch: 'metric: [\n::error::' },
      /is invalid on the default branch/,
    ],
    ['that is empty on the default branch', { onDefaultBranch: '# nothing' }, /is empty\. Write a gate/],
  ])('%s', async (_, given, why) => {
    const answer = await checkProvenance(given)
    expect(answer).toMatchObject({ trusted: false, reason: expect.stringMatching(why) })
    expect(answer).toMatchObject({ reason: expect.stringMatching(fix) })
    expect('reason' in answer && answer.reason).not.toContain('\n')
  })

  it.each([
    ['holdout: {path: h.csv}\nevaluate: {run: x}', 'holdout and script'],
    ['holdout: {artifact: h.csv}\nevaluate: {run: x}', 'script'],
    ['holdout: {artifact: h.csv}\npredictions: {candidate: a.csv, champion: b.csv}', 'predictions'],
    ['holdout: {path: h.csv}\npredictions: {artifact: p.csv}', 'holdout'],
    ['holdout: {artifact: h.csv, training_ids: t.csv}\npredictions: {artifact: p.csv}', 'training ids'],
  ])('if it reads evidence from the ref: %j', async (evidence, sources) => {
    const content = `metric: auc\n${evidence}\n`
    writeFileSync(join(workspace, 'evidence.yml'), content)
    const inputs = { policy: 'evidence.yml' }
    const answer = await checkProvenance({ onDefaultBranch: content, inputs })
    expect(answer).toMatchObject({ trusted: false, requests: [] })
    expect('reason' in answer && answer.reason).toBe(
      `the policy "evidence.yml" reads its ${sources} from this ref. Run on the default branch, read them from artifacts of the runs, or set allow-policy-from-ref: true`,
    )
    const allowed = { ...inputs, 'allow-policy-from-ref': true }
    expect(await checkProvenance({ onDefaultBranch: content, inputs: allowed })).toMatchObject({
      trusted: true,
    })
    const main = { event: 'push', ref: 'refs/heads/main' }
    expect(await checkProvenance({ onDefaultBranch: content, inputs, ...main })).toMatchObject({
      trusted: true,
    })
  })

  it.each([
    ['pull_request_target', 'refs/heads/main'],
    ['workflow_run', 'refs/heads/main'],
    ['issue_comment', 'refs/heads/main'],
    ['push', 'refs/heads/feature'],
    ['push', 'refs/tags/main'],
    ['workflow_dispatch', 'refs/heads/feature'],
  ])('on %s of %s without a comparison, since any tree may be checked out', async (event, ref) => {
    const answer = await checkProvenance({ event, ref, onDefaultBranch: text.replace('0.01', '0.02') })
    expect(answer).toMatchObject({ trusted: false, requests: ['shop/digits policy.yml'] })
  })

  it('if the event does not name the default branch and the file differs', async () => {
    const given = { event: 'push', ref: 'refs/heads/main', payload: {}, onDefaultBranch: undefined }
    expect(await checkProvenance(given)).toMatchObject({ trusted: false })
  })

  it('from outside the workspace', async () => {
    const elsewhere = join(mkdtempSync(join(tmpdir(), 'elsewhere-')), 'policy.yml')
    writeFileSync(elsewhere, text)
    expect(await checkProvenance({ inputs: { policy: elsewhere }, onDefaultBranch: text })).toMatchObject({
      trusted: false,
      reason: expect.stringMatching(/is outside the workspace/),
      requests: [],
    })
  })
})

it('throws a fault if GitHub does not answer', async () => {
  const fault = new Fault({ system: 'GitHub', call: 'GET /', detail: 'no', hint: 'Wait.' })
  await expect(checkProvenance({ onDefaultBranch: fault })).rejects.toBe(fault)
})
