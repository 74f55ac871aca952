import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contract } from '../../actions/preflight/contract.ts'
import { main } from '../../actions/preflight/main.ts'
import { repository } from '../../rig/paths.ts'
import type { Finding } from '../../src/domain/preflight/findings.ts'
import { createJob, inputsOf } from './support/action-call.ts'
import { createUsers, readPublishedRules } from './support/cluster/cluster-users.ts'
import { tinyChart } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

const policy = 'metric: auc\nguardrails:\n  - {metric: latency_ms, direction: lower, max_regression: 5}\n'
const scored = `metric: accuracy
evaluate: {run: python score.py}
holdout: {path: holdout.csv, label: churned}
`
const release = 'checked'
const model = `preflight-${randomUUID()}`

let space: TestEnvironment
let workspace = ''
beforeAll(async () => {
  space = await openTestEnvironment()
  workspace = mkdtempSync(join(tmpdir(), 'preflight-'))
  const files = {
    'retrain-policy.yml': policy,
    'typos.yml': policy.replace('guardrails', 'gardrails'),
    'scored.yml': scored,
    'train.py': '',
    'score.py': '',
    'holdout.csv': 'id,label\n1,0\n2,1\n',
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(workspace, path), text)
  // Version 1 is champion, and serves.
  const { number, runId } = await space.registerVersion(model)
  const log = (key: string, value: number) => ({ key, value, timestamp: Date.now(), step: 0 })
  await space.trainer.call('POST', 'runs/log-batch', {
    run_id: runId,
    metrics: [log('auc', 0.9), log('latency_ms', 7), log('training_roc_auc', 0.95)],
  })
  const deployed = await space.deployVersion('helm4', release, number, {}, model)
  if (deployed.failure) throw deployed.failure
  await space.promoteVersion('helm4', release, number, model)
})
afterAll(() => space.close())

/** Runs preflight in a job that could train, deploy and promote. */
async function check(given: Record<string, string> = {}, env: Record<string, string> = {}) {
  const { rig, environment } = space
  const job = environment('helm4')
  const PATH = [dirname(rig.tools.python), job.PATH].join(':')
  const context = createJob({ workspace, env: { ...job, PATH, ...env } })
  const usual = {
    ...space.clusterInputs(),
    ...{ 'model-name': model, run: 'python train.py', policy: 'retrain-policy.yml' },
    ...{ chart: tinyChart, release, 'tracking-uri': space.trainer.uri },
    'pod-tracking-uri': rig.mlflow.podUri,
  }
  const { outputs, failure, summary } = await main(inputsOf(contract, { ...usual, ...given }, {}), context)
  const findings: Finding[] = JSON.parse(outputs.findings ?? '')
  return { outputs, failure, summary, findings, open: findings.filter(({ status }) => status !== 'passed') }
}

/** Everything that preflight could have written, with its version. */
async function takeSnapshot() {
  const objects = await space.kubectl(
    'get',
    'secrets,configmaps,leases,deployments,pods,services',
    ...[
      '--output',
      'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    ],
  )
  const { experiments } = await space.trainer.call('POST', 'experiments/search', { max_results: 1000 })
  const known = JSON.stringify(experiments.filter(({ name }: { name: string }) => name.includes(model)))
  // The kubelet goes on writing the status of a new pod.
  const stable = objects.replace(/^(\s*Pod\/\S+) \d+$/gm, '$1')
  return [stable, known, JSON.stringify(await space.mlflow.listVersions(model))]
}

test('all is well: every check passes, with the smallest Role too, and nothing is written', async () => {
  const before = await takeSnapshot()
  const { findings, failure, summary } = await check({ 'experiment-name': `${model}-new` })
  expect(failure).toBeUndefined()
  expect(findings.filter(({ status }) => status !== 'passed')).toEqual([])
  expect(findings.map((finding) => finding.check)).toEqual(
    expect.arrayContaining(['Artifacts', 'Metrics', 'Namespace', 'Permissions', 'Release', 'Upgrade']),
  )
  expect(summary).toMatch(/all checks passed/)
  const [kubeconfig = ''] = await createUsers(space, [{ name: 'least', rules: readPublishedRules() }])
  const least = await check({ kubeconfig })
  expect(least.open).toEqual([])
  expect(await takeSnapshot()).toEqual(before)
})

test('a chart that takes the version elsewhere, for a namespace that does not exist yet', async () => {
  const chart = join(repository, 'test/system/charts/placed')
  const namespace = `${space.namespace}-new`
  // The model of this chart is a text, which the user may change.
  const file = join(workspace, 'model.yaml')
  writeFileSync(file, 'model: acme/fraud')
  const fresh = {
    chart,
    'values-files': file,
    release: 'fresh',
    namespace,
    'create-namespace': 'true',
    'first-install': 'true',
  }
  const placed = await check({ ...fresh, 'version-values': 'extraEnv[1].value: {{version}}' })
  expect(placed.open).toEqual([
    expect.objectContaining({ check: 'Permissions, upgrade', status: 'not-checked' }),
  ])
  const { 'first-install': _first, ...champion } = fresh
  expect(
    (await check({ ...champion, 'version-values': 'extraEnv[1].value: {{version}}' })).open,
  ).toContainEqual(
    expect.objectContaining({
      check: 'Release',
      status: 'failed',
      message: expect.stringContaining('first-install'),
    }),
  )
  expect(placed.findings).toContainEqual(
    expect.objectContaining({
      check: 'Namespace',
      message: expect.stringContaining('helm-deploy creates it'),
    }),
  )
  const misplaced = await check({ ...fresh, 'version-values': 'extraEnv[2].value: {{version}}' })
  expect(misplaced.open).toContainEqual(
    expect.objectContaining({
      check: 'Chart',
      status: 'failed',
      input: 'version-values',
      message: expect.stringContaining('extraEnv has 2 items'),
    }),
  )
  await expect(space.kubectl('get', 'namespace', namespace)).rejects.toThrow('NotFound')
})

/** What is wrong, and the one line that says so. */
const broken: [string, Record<string, string>, check: string, input: string | undefined, RegExp][] = [
  [
    'a missing policy file',
    { policy: 'retrain_policy.yml' },
    'Policy',
    'policy',
    /Did you mean "retrain-policy.yml"/,
  ],
  [
    'a typo in the policy',
    { policy: 'typos.yml' },
    'Policy',
    'policy',
    /line 2: unknown key "gardrails", did you mean guardrails/,
  ],
  ['a wrong label column', { policy: 'scored.yml' }, 'Holdout', 'policy', /no column "churned".*"label"/],
  ['a missing script', { run: 'python trian.py' }, 'Training script', 'run', /no file "trian.py"/],
  [
    'a misspelt metric',
    { policy: '', metric: 'roc_auc' },
    'Metrics',
    'metric',
    /no metric "roc_auc"\. Did you mean auc/,
  ],
  [
    'no MLflow at the address',
    { 'tracking-uri': 'http://127.0.0.1:59321' },
    'Model registry',
    'tracking-uri',
    /ECONNREFUSED/,
  ],
  ['a missing chart', { chart: 'charts/none' }, 'Chart', 'chart', /"charts\/none" is neither/],
  [
    'a chart that does not render',
    { values: '{broken: true}' },
    'Chart',
    'values',
    /this chart does not render/,
  ],
  [
    'a chart that ignores the version',
    { 'version-from': 'label:version' },
    'Model version',
    'version-from',
    /name no model version/,
  ],
  [
    'MLflow on the loopback address',
    { 'pod-tracking-uri': '' },
    'Address for pods',
    'pod-tracking-uri',
    /is the pod itself/,
  ],
  ['an unknown context', { 'kube-context': 'nope' }, 'Cluster', 'kube-context', /no context "nope"/],
  [
    'a kubeconfig that is none',
    { kubeconfig: 'apiVersion: v1\nkind: Nothing\n- x' },
    'Cluster',
    'kubeconfig',
    /cannot read it/,
  ],
  [
    'an empty kubeconfig',
    { kubeconfig: 'apiVersion: v1\nkind: Config\n' },
    'Cluster',
    'kubeconfig',
    /none was found, or it names no cluster/,
  ],
  ['a missing namespace', { namespace: 'nowhere' }, 'Namespace', 'namespace', /no namespace "nowhere"/],
  [
    'another model',
    { 'model-name': `${model}-b`, metric: 'auc', policy: '' },
    'Release',
    'release',
    /serves the model/,
  ],
]

describe('what is broken', () => {
  test.concurrent.each(broken)('%s', async (_what, given, check_, input, message) => {
    const { findings, failure } = await check(given)
    const failed = findings.filter(({ status }) => status === 'failed')
    expect(failed).toEqual([
      { check: check_, status: 'failed', ...(input && { input }), message: expect.stringMatching(message) },
    ])
    expect(failure?.message).toMatch(message)
  })

  test('missing permissions, with the rules to add', async () => {
    const rules = readPublishedRules().filter(({ resources }) => !resources.includes('deployments'))
    const [kubeconfig = ''] = await createUsers(space, [{ name: 'less', rules }])
    const { findings } = await check({ kubeconfig })
    expect(findings.filter(({ status }) => status === 'failed')).toEqual([
      {
        ...{ check: 'Permissions', status: 'failed', input: 'kubeconfig' },
        message: expect.stringContaining('- {apiGroups: ["apps"], resources: ["deployments"], verbs: ['),
      },
    ])
  })

  test('no helm and no kubectl on the PATH: both are reported, and all else is still checked', async () => {
    const { findings } = await check({}, { PATH: dirname(space.rig.tools.python) })
    const statuses = new Map(findings.map((finding) => [finding.check, finding.status]))
    expect(statuses.get('Metrics')).toBe('passed')
    expect(Object.fromEntries(statuses)).toMatchObject({
      helm: 'failed',
      kubectl: 'failed',
      Cluster: 'not-checked',
    })
  })

  test('a wrong release name, while another release serves the champion', async () => {
    const { findings, outputs } = await check({ release: 'chekced' })
    expect(findings).toContainEqual({
      ...{ check: 'Release', status: 'failed', input: 'release' },
      message: expect.stringMatching(/no release chekced, but version 1 of model .* is champion/),
    })
    expect(outputs.passed).toBe('false')
    const first = await check({ release: 'chekced', 'first-install': 'true' })
    expect(first.open).toEqual([])
  })

  test('a release that was never adopted', async () => {
    const other = `${model}-legacy`
    const { number } = await space.registerVersion(other)
    await space.deployVersion('helm4', 'legacy', number, {}, other)
    const { findings } = await check({ 'model-name': other, release: 'legacy' })
    expect(findings.filter(({ status }) => status === 'failed')).toMatchObject([
      { check: 'Release', message: expect.stringMatching(/already serves version 1, .*adopt: true/) },
    ])
  })

  test('several things: each has its line', async () => {
    const { findings, summary } = await check({ policy: 'typos.yml', chart: 'none', 'kube-context': 'nope' })
    const failed = findings.filter(({ status }) => status === 'failed')
    expect(failed.map(({ input }) => input)).toEqual(['policy', 'kube-context', 'chart'])
    expect(summary).toMatch(/3 problems/)
    expect(readFileSync(join(workspace, 'train.py'), 'utf8')).toBe('')
  })
})
