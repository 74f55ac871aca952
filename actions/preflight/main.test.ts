import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ReleaseLockedError } from '../../src/adapters/helm/helm-errors.ts'
import type { Release, UpgradeDiff } from '../../src/adapters/kubernetes/release/release.ts'
import { ArtifactsNotListable } from '../../src/adapters/mlflow/http/faults.ts'
import { Fault, UserError } from '../../src/domain/core/errors.ts'
import { FieldConflictError } from '../../src/domain/preflight/field-conflict.ts'
import { ChartRenderError } from '../../src/domain/preflight/render-error.ts'
import { parseInputs } from '../../test/fakes/context.ts'
import { fakeMlflow, fakeRun, fakeVersion } from '../../test/fakes/mlflow.ts'
import { goodRegistry, type PreflightWorld, runPreflight } from '../../test/fakes/preflight.ts'
import { fakeRelease } from '../../test/fakes/release.ts'
import { liveServing } from '../../test/fakes/serving-release.ts'
import { contract } from './contract.ts'

const RUN = '3'.padStart(32, '0')
const failing = (detail: string) => async () => {
  throw new Fault({ system: 'Helm', call: 'helm template digits', status: 1, detail, hint: 'Look.' })
}
const refusing = (message: string) => async () => {
  throw new UserError(message)
}
/** A release in which one method differs. */
function releaseWith(changes: Partial<Release>): { release: Release } {
  return { release: { ...fakeRelease(['3']).release, ...changes } }
}

describe('a setting in which all is well', () => {
  test('passes, with one line for each check', async () => {
    const { outcome, findings, report } = await runPreflight()
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs.passed).toBe('true')
    expect(findings.map(({ check, status }) => `${status} ${check}`)).toEqual([
      'passed Policy',
      'passed Training script',
      'passed Model registry',
      'passed MLflow version',
      'passed Experiment',
      'passed Artifacts',
      'passed Metrics',
      'passed helm',
      'passed kubectl',
      'passed Cluster',
      'passed Namespace',
      'passed Chart',
      'passed Model version',
      'passed Address for pods',
      'passed Permissions',
      'passed Release',
      'passed Upgrade',
    ])
    expect(report).toBe(outcome.summary)
    expect(report).toMatch(/^## Preflight of fraud: all checks passed\n\n- ✅ \*\*Policy\*\*: /)
  })

  test('writes nothing, and leaves no values behind', async () => {
    const [mlflow, release] = [goodRegistry(), fakeRelease(['3'])]
    const { workspace } = await runPreflight({ mlflow, release })
    expect(mlflow.writes).toEqual([])
    expect([...mlflow.writtenFiles]).toEqual([])
    expect(release.calls).toEqual(['close'])
    expect(await release.release.lease.read()).toBeUndefined()
    expect(await release.release.outbox.read()).toEqual([])
    expect(readdirSync(workspace).filter((name) => name.startsWith('retrain-actions-values'))).toEqual([])
    expect(existsSync(join(workspace, 'train.py'))).toBe(true)
  })
})

/** What one broken thing is called: the check, its status, the input to change and the words of the message. */
type Case = [
  what: string,
  world: PreflightWorld,
  check: string,
  status: string,
  input: string | undefined,
  message: RegExp,
]

const scored = `metric: auc
evaluate: {run: python score.py}
holdout: {path: holdout.csv, label: churned, group: customer, time: day, weight: w}
slices: [{column: region, max_regression: 0.02}]
`
const byFiles = `metric: auc
predictions: {candidate: candidate.csv, champion: champion.csv}
holdout: {path: holdout.csv, label: churned, training_ids: {path: ids.csv}}
`
const diff: UpgradeDiff = {
  isUnchanged: false,
  predictedVersion: { kind: 'known', version: '999999999' },
  omitsReplicas: false,
  workload: 'deployment/digits',
}
const holdoutHeader = 'id,churned,customer,day,w,region\n'
const holdout = `${holdoutHeader}1,0,a,2026-01-01,1,eu\n2,1,b,2026-01-01,1,us\n`
const files = { 'retrain-policy.yml': scored, 'score.py': '', 'holdout.csv': holdout }

const cases: Case[] = [
  // Policy and data.
  [
    'force without a reason',
    { inputs: { force: 'true' } },
    'Force',
    'failed',
    'force-reason',
    /is required with force/,
  ],
  [
    'a missing policy',
    { inputs: { policy: 'retrain_policy.yml' } },
    'Policy',
    'failed',
    'policy',
    /Did you mean "retrain-policy.yml"\?/,
  ],
  [
    'an unknown key',
    { files: { 'retrain-policy.yml': 'metric: auc\nmin_valu: 0.5\n' } },
    'Policy',
    'failed',
    'policy',
    /line 2: unknown key "min_valu", did you mean min_value\?/,
  ],
  [
    'a conflict of inputs',
    { inputs: { margin: '0.1' } },
    'Policy',
    'failed',
    'margin',
    /belongs to kind refresh/,
  ],
  [
    'a missing holdout',
    {
      files: { ...files, 'retrain-policy.yml': scored.replace('holdout.csv', 'holdot.csv') },
      inputs: { 'same-job': 'false' },
    },
    'Holdout',
    'failed',
    'policy',
    /Policy holdout: there is no file "holdot.csv"/,
  ],
  [
    'a holdout that the training may write',
    { files: { ...files, 'retrain-policy.yml': scored.replace('holdout.csv', 'new.csv') } },
    'Holdout',
    'warning',
    'policy',
    /"new.csv" yet/,
  ],
  [
    'a missing label',
    { files: { ...files, 'holdout.csv': holdout.replace('churned', 'label') } },
    'Holdout',
    'failed',
    'policy',
    /there is no column "churned"/,
  ],
  [
    'a missing group',
    { files: { ...files, 'holdout.csv': holdout.replace('customer', 'c') } },
    'Holdout',
    'failed',
    'policy',
    /there is no column "customer"/,
  ],
  [
    'a missing slice',
    { files: { ...files, 'holdout.csv': holdout.replace('region', 'r') } },
    'Holdout',
    'failed',
    'policy',
    /there is no column "region"/,
  ],
  [
    'a missing weight',
    { files: { ...files, 'holdout.csv': holdout.replace(',w,', ',v,') } },
    'Holdout',
    'failed',
    'policy',
    /there is no column "w"/,
  ],
  [
    'a missing scoring script',
    { files: { ...files, 'retrain-policy.yml': scored.replace('score.py', 'scor.py') } },
    'Scoring script',
    'failed',
    'policy',
    /there is no file "scor.py"/,
  ],
  [
    'missing predictions of the champion',
    { files: { ...files, 'retrain-policy.yml': byFiles }, inputs: { 'same-job': 'false' } },
    'Predictions',
    'failed',
    'policy',
    /Policy predictions\.champion: there is no file "champion\.csv"/,
  ],
  [
    'missing ids of the training',
    { files: { ...files, 'retrain-policy.yml': byFiles }, inputs: { run: '' } },
    'Training ids',
    'failed',
    'policy',
    /there is no file "ids\.csv"/,
  ],
  [
    'ids of the training without an id',
    { files: { ...files, 'retrain-policy.yml': byFiles, 'champion.csv': '', 'ids.csv': 'row\n1\n' } },
    'Training ids',
    'failed',
    'policy',
    /there is no column "id"/,
  ],
  [
    'a holdout that the candidate brings',
    {
      files: { ...files, 'retrain-policy.yml': scored.replace('path: holdout.csv', 'artifact: holdout.csv') },
    },
    'Holdout',
    'not-checked',
    undefined,
    /in the run of the candidate/,
  ],
  // Training script.
  [
    'a missing training script',
    { inputs: { run: 'python trian.py' } },
    'Training script',
    'failed',
    'run',
    /there is no file "trian.py"/,
  ],
  [
    'a missing folder',
    { inputs: { 'working-directory': 'model' } },
    'Training script',
    'failed',
    'working-directory',
    /"model" is not a folder in/,
  ],
  [
    'a missing Python',
    { inputs: { run: 'python3 train.py' } },
    'Training script',
    'failed',
    'run',
    /python3 is not on the PATH.*or write python, which is there/,
  ],
  [
    'a Python that a step may add',
    { inputs: { run: 'source venv/bin/activate\npython3 train.py' } },
    'Training script',
    'warning',
    'run',
    /python3 is not on the PATH/,
  ],
  // MLflow.
  [
    'an unreachable MLflow',
    { mlflow: { ...goodRegistry(), getModel: refusing('no connection') } },
    'Model registry',
    'failed',
    'tracking-uri',
    /no connection/,
  ],
  [
    'half of the credentials',
    {
      adapters: {
        openMlflow: () => {
          throw new UserError('Input tracking-password: is required')
        },
      },
    },
    'MLflow',
    'failed',
    'tracking-password',
    /is required/,
  ],
  [
    'an old MLflow',
    { mlflow: { ...goodRegistry(), readServerVersion: async () => '2.2.0' } },
    'MLflow version',
    'failed',
    'tracking-uri',
    /needs MLflow 3\. Upgrade/,
  ],
  [
    'an MLflow 2',
    { mlflow: { ...goodRegistry(), readServerVersion: async () => '2.22.1' } },
    'MLflow version',
    'warning',
    'tracking-uri',
    /may not be found/,
  ],
  [
    'a deleted experiment',
    { mlflow: { ...goodRegistry(), findExperiment: refusing('The MLflow experiment "x" is deleted') } },
    'Experiment',
    'failed',
    'experiment-name',
    /is deleted/,
  ],
  [
    'artifacts that are not served',
    { mlflow: { ...goodRegistry(), listArtifacts: failing('runs without this feature') } },
    'Artifacts',
    'failed',
    'tracking-uri',
    /without this feature/,
  ],
  [
    'a store on the disk of the server',
    {
      mlflow: {
        ...fakeMlflow(),
        findExperiment: async () => ({ id: '0', deleted: false, artifactLocation: '/mlruns/0' }),
      },
      release: fakeRelease([]),
    },
    'Artifacts',
    'warning',
    'tracking-uri',
    /\/mlruns\/0, a folder of the server's machine/,
  ],
  [
    'a store that the server does not list',
    { mlflow: { ...fakeMlflow(), listArtifacts: failing('disabled') }, release: fakeRelease([]) },
    'Artifacts',
    'failed',
    'tracking-uri',
    /disabled/,
  ],
  [
    'a store of a cloud',
    {
      mlflow: {
        ...fakeMlflow(),
        findExperiment: async () => ({ id: '0', deleted: false, artifactLocation: 's3://b/0' }),
      },
      release: fakeRelease([]),
    },
    'Artifacts',
    'not-checked',
    undefined,
    /no version yet/,
  ],
  [
    'a version that cannot be loaded',
    { mlflow: { ...goodRegistry(), listArtifacts: async () => [] } },
    'Artifacts',
    'warning',
    undefined,
    /version 3 has no MLmodel file/,
  ],
  [
    'a version in a store that the server cannot list',
    {
      mlflow: {
        ...goodRegistry(),
        locateArtifacts: async () => {
          throw new ArtifactsNotListable({ call: 'GET', detail: 'elsewhere', hint: 'Register it.' })
        },
      },
    },
    'Artifacts',
    'warning',
    'tracking-uri',
    /elsewhere/,
  ],
  [
    'an unclear champion',
    { mlflow: fakeMlflow({ versions: [fakeVersion('3')], aliases: { previous: '3' } }) },
    'Model registry',
    'failed',
    undefined,
    /is unclear: .*adopt: true/,
  ],
  [
    'a misspelt metric',
    { files: { 'retrain-policy.yml': 'metric: roc_auc\n' } },
    'Metrics',
    'failed',
    'policy',
    /no metric "roc_auc"\. Did you mean auc\?/,
  ],
  [
    'a misspelt metric of an input',
    { inputs: { policy: '', metric: 'acu', direction: 'higher' } },
    'Metrics',
    'failed',
    'metric',
    /no metric "acu"\. Did you mean auc\?/,
  ],
  [
    'a new metric, with force',
    {
      files: { 'retrain-policy.yml': 'metric: f1\n' },
      inputs: { force: 'true', 'force-reason': 'a new metric' },
    },
    'Metrics',
    'warning',
    'policy',
    /no metric "f1"\. It logged auc, latency_ms/,
  ],
  [
    'a misspelt guardrail',
    {
      files: {
        'retrain-policy.yml':
          'metric: auc\nguardrails: [{metric: latency, direction: lower, max_regression: 5}]\n',
      },
    },
    'Metrics',
    'failed',
    'policy',
    /no metric "latency"\. Did you mean latency_ms\?/,
  ],
  [
    'a guardrail that is not compared',
    { files: { 'retrain-policy.yml': 'metric: auc\nguardrails: [{metric: memory, ceiling: 5}]\n' } },
    'Metrics',
    'warning',
    'policy',
    /no metric "memory"/,
  ],
  [
    'a champion without a run',
    { mlflow: fakeMlflow({ versions: [fakeVersion('3')], aliases: { champion: '3' } }) },
    'Metrics',
    'not-checked',
    undefined,
    /not known or not finished/,
  ],
  // Tools and cluster.
  [
    'no helm',
    { adapters: { readHelmVersion: refusing('helm was not found on the PATH.') } },
    'helm',
    'failed',
    undefined,
    /not found/,
  ],
  [
    'no kubectl',
    { adapters: { readKubectlVersion: refusing('kubectl was not found on the PATH.') } },
    'kubectl',
    'failed',
    undefined,
    /not found/,
  ],
  [
    'no kubeconfig',
    { adapters: { openRelease: refusing('Input kubeconfig: there is no file "kc"') } },
    'Cluster',
    'failed',
    'kubeconfig',
    /there is no file/,
  ],
  [
    'an unknown context',
    {
      release: releaseWith({
        readServerVersion: refusing('Input kube-context: the kubeconfig has no context "x"'),
      }),
    },
    'Cluster',
    'failed',
    'kube-context',
    /no context "x"/,
  ],
  [
    'a kubeconfig of a GitHub environment',
    {
      inputs: { environment: 'production' },
      release: releaseWith({ readServerVersion: refusing('Input kubeconfig: none was found.') }),
    },
    'Cluster',
    'not-checked',
    'kubeconfig',
    /none was found\. If it is a secret of the environment production/,
  ],
  [
    'a missing namespace',
    {
      release: releaseWith({ hasNamespace: refusing('Input namespace: the cluster has no namespace "ml"') }),
    },
    'Namespace',
    'failed',
    'namespace',
    /no namespace/,
  ],
  [
    'a namespace that the user may not see',
    { release: releaseWith({ hasNamespace: async () => undefined }) },
    'Namespace',
    'not-checked',
    undefined,
    /see Permissions/,
  ],
  [
    'a namespace that helm-deploy creates',
    { inputs: { 'create-namespace': 'true', 'first-install': 'true' } },
    'Namespace',
    'passed',
    undefined,
    /does not exist yet; helm-deploy creates it/,
  ],
  [
    'a new namespace, although the champion serves elsewhere',
    { inputs: { 'create-namespace': 'true' } },
    'Release',
    'failed',
    'release',
    /no release digits.*first-install/,
  ],
  [
    'a new namespace, where no dry run is possible',
    { inputs: { 'create-namespace': 'true', 'first-install': 'true' } },
    'Permissions, upgrade',
    'not-checked',
    undefined,
    /namespace ml does not exist yet/,
  ],
  [
    'a namespace that exists, although helm-deploy would create it',
    {
      inputs: { 'create-namespace': 'true' },
      release: releaseWith({ createNamespace: async () => false }),
    },
    'Namespace',
    'passed',
    undefined,
    /^ml exists/,
  ],
  [
    'a namespace that the user may not create',
    {
      inputs: { 'create-namespace': 'true' },
      release: releaseWith({ createNamespace: failing('namespaces is forbidden') }),
    },
    'Namespace',
    'failed',
    'namespace',
    /forbidden/,
  ],
  [
    'missing permissions',
    {
      release: releaseWith({
        checkPermissions: refusing('The user lacks permissions. Add to its Role:\n- {apiGroups: [""]}'),
      }),
    },
    'Permissions',
    'failed',
    'kubeconfig',
    /Role:\n- \{apiGroups/,
  ],
  [
    'permissions that the cluster does not list',
    { release: releaseWith({ checkPermissions: async () => false }) },
    'Permissions',
    'not-checked',
    undefined,
    /does not list/,
  ],
  // Chart.
  [
    'a missing chart',
    { inputs: { chart: 'charts/none' } },
    'Chart',
    'failed',
    'chart',
    /"charts\/none" is neither/,
  ],
  [
    'an address as chart',
    { inputs: { chart: 'https://example.com/chart' } },
    'Chart',
    'failed',
    'chart',
    /neither a path/,
  ],
  [
    'a missing values file',
    { inputs: { 'values-files': 'none.yaml' } },
    'Chart',
    'failed',
    'values-files',
    /no file "none.yaml"/,
  ],
  [
    'values that are no mapping',
    { inputs: { values: '- 1' } },
    'Chart',
    'failed',
    'values',
    /not a YAML mapping/,
  ],
  [
    'a required value',
    {
      release: releaseWith({
        renderObjects: async () => {
          throw new ChartRenderError({
            input: 'values',
            message: 'image.digest must be set (churn/templates)',
          })
        },
      }),
    },
    'Chart',
    'failed',
    'values',
    /image\.digest must be set \(churn\/templates/,
  ],
  [
    'a chart that does not render',
    { release: releaseWith({ renderObjects: failing('parse error at (x.yaml:1): bad') }) },
    'Chart',
    'failed',
    'chart',
    /parse error/,
  ],
  [
    'a chart without pods',
    { release: releaseWith({ renderObjects: async () => 'kind: Service' }) },
    'Workload',
    'failed',
    'chart',
    /no Deployment/,
  ],
  [
    'two workloads',
    {
      release: releaseWith({
        renderObjects: async () =>
          ['a', 'b']
            .map((name) => JSON.stringify({ kind: 'Deployment', metadata: { name } }))
            .join('\n---\n'),
      }),
    },
    'Workload',
    'failed',
    'workload',
    /several workloads/,
  ],
  [
    'a chart that ignores the version',
    { inputs: { 'version-from': 'label:v' } },
    'Model version',
    'failed',
    'version-from',
    /name no model version, not 999999999 \(which stands/,
  ],
  [
    'a chart whose server loads a fixed version',
    {
      release: releaseWith({
        renderObjects: async (request) =>
          `${await fakeRelease(['3']).release.renderObjects(request)}\n---\nkind: ConfigMap\ndata: { MODEL_URI: "models:/fraud/1" }`,
      }),
    },
    'Model version',
    'warning',
    'chart',
    /names models:\/fraud\/1, which does not change/,
  ],
  [
    'a version over HTTP',
    { inputs: { 'version-from': 'http:80/#v' } },
    'Model version',
    'not-checked',
    undefined,
    /only a running pod/,
  ],
  [
    'golden requests without a file',
    { inputs: { verify: 'golden.yml' } },
    'Golden requests',
    'failed',
    'verify',
    /"golden.yml" is neither YAML/,
  ],
  [
    'MLflow on the loopback address',
    { mlflow: { ...goodRegistry(), base: 'http://127.0.0.1:5000' } },
    'Address for pods',
    'failed',
    'pod-tracking-uri',
    /http:\/\/127\.0\.0\.1:5000, which is the pod itself/,
  ],
  // Release.
  [
    'a locked release',
    {
      release: releaseWith({
        history: async () => [{ revision: 1, updated: 't1', status: 'pending-upgrade', isRollback: false }],
      }),
    },
    'Release',
    'warning',
    'release',
    /pending-upgrade/,
  ],
  [
    'fields of another manager',
    {
      release: releaseWith({
        compare: async () => ({
          ...diff,
          conflict: new FieldConflictError('digits', {
            object: '',
            owners: [{ owner: 'hpa', fields: ['.spec.replicas'] }],
          }),
        }),
      }),
    },
    'Upgrade',
    'failed',
    'force-conflicts',
    /\.spec\.replicas \(set by "hpa"\)/,
  ],
  [
    'a workload that is scaled to zero',
    {
      release: releaseWith({
        readLive: async () => ({ ...liveServing('3'), desired: 0, pods: [] }),
        compare: async () => ({ ...diff, omitsReplicas: true }),
      }),
    },
    'Upgrade',
    'failed',
    'chart',
    /is scaled to zero/,
  ],
  [
    'an upgrade that the cluster rejects',
    { release: releaseWith({ compare: failing('no matches for kind') }) },
    'Upgrade',
    'failed',
    'chart',
    /no matches for kind/,
  ],
  [
    'a release that was never adopted',
    { mlflow: fakeMlflow() },
    'Release',
    'failed',
    'release',
    /already serves version 3, .*adopt: true/,
  ],
  [
    'a release of another model',
    { inputs: { 'model-name': 'churn' } },
    'Release',
    'failed',
    'release',
    /serves the model "fraud", not "churn"/,
  ],
  [
    'a champion elsewhere',
    { release: fakeRelease([]) },
    'Release',
    'failed',
    'release',
    /no release digits, but version 3 of model "fraud" is champion.*first-install to true/,
  ],
  [
    'a release that is not the champion',
    { release: fakeRelease(['2']) },
    'Release',
    'warning',
    'release',
    /serves version 2, but the champion is version 3/,
  ],
]

test.each(cases)('reports %s', async (_what, world, check, status, input, message) => {
  const { of, outcome } = await runPreflight(world)
  expect(of(check)).toContainEqual({ status, input, message: expect.stringMatching(message) })
  expect(outcome.outputs.passed).toBe(status === 'failed' ? 'false' : 'true')
  expect(outcome.failure !== undefined).toBe(status === 'failed')
})

test('all at once, each with its input in the error', async () => {
  const { outcome, report } = await runPreflight({
    inputs: { policy: 'none.yml', run: './none.sh', chart: 'none', 'values-files': 'none.yaml' },
    mlflow: { ...goodRegistry(), getModel: refusing('no | connection') },
    adapters: { readKubectlVersion: refusing('kubectl was not found on the PATH.') },
  })
  expect(outcome.failure?.message.split('\n').map((line) => line.slice(0, 30))).toEqual([
    expect.stringMatching(/^Input policy: /),
    expect.stringMatching(/^Input run: /),
    expect.stringMatching(/^Input tracking-uri: /),
    expect.stringMatching(/^kubectl: /),
    expect.stringMatching(/^Input chart: /),
    expect.stringMatching(/^Input values-files: /),
  ])
  expect(report).toMatch(/^## Preflight of fraud: 6 problems\n/)
  expect(report).toContain('- ❌ **Model registry** (input `tracking-uri`): no &#124; connection')
  expect(report).toContain('- ❔ **Permissions, release**: the cluster cannot be used.')
})

test('the Role rules are a block to copy', async () => {
  const release = releaseWith({
    checkPermissions: refusing('The user lacks permissions. Add to its Role:\n- {apiGroups: [""]}'),
  })
  const { report } = await runPreflight({ release })
  expect(report).toContain('Add to its Role&#58;\n\n  ```text\n  - {apiGroups: [""]}\n  ```\n')
})

test('a locked release is no failure, since helm-deploy waits for it or recovers it', async () => {
  const locked = new ReleaseLockedError('Release digits is locked by another helm. Nothing was changed.')
  const release = releaseWith({
    compare: async () => {
      throw locked
    },
  })
  const { of, outcome } = await runPreflight({ release })
  expect(of('Upgrade')).toEqual([{ status: 'not-checked', message: 'the release is locked.' }])
  expect(outcome.outputs.passed).toBe('true')
})

test('a release that does not exist: the one that serves the champion is named', async () => {
  const fake = fakeRelease([])
  fake.release.listOtherReleases = async () => [{ name: 'digit', model: 'fraud', version: '3' }]
  const { of } = await runPreflight({ release: fake })
  expect(of('Release')).toMatchObject([
    {
      status: 'failed',
      input: 'release',
      message: expect.stringMatching(
        /has no release digits.* release digit serves it\. Did you mean release digit\?/,
      ),
    },
  ])
})

test('a first model passes: neither a version nor a release', async () => {
  const { outcome, of } = await runPreflight({ mlflow: fakeMlflow(), release: fakeRelease([]) })
  expect(outcome.outputs.passed).toBe('true')
  expect(of('Release')).toEqual([{ status: 'passed', message: 'digits does not exist yet.' }])
  expect(of('Metrics')).toMatchObject([{ status: 'not-checked' }])
})

test('without the cluster the chart is rendered offline', async () => {
  const release = releaseWith({
    readServerVersion: refusing('Input kubeconfig: expired'),
    renderObjects: failing('unreachable'),
  })
  const { of } = await runPreflight({ release })
  expect(of('Model version')).toMatchObject([{ status: 'passed' }])
  expect(of('Permissions, release')).toMatchObject([{ status: 'not-checked' }])
})

test('in a dry run, problems of the deployment are warnings', async () => {
  const { outcome, of } = await runPreflight({ inputs: { chart: 'none', mode: 'dry-run' } })
  expect(of('Chart')).toMatchObject([{ status: 'warning', input: 'chart' }])
  expect(outcome.outputs.passed).toBe('true')
})

test('on-preflight-failure: continue sets the outputs only', async () => {
  const { outcome, context } = await runPreflight({
    inputs: { chart: 'none', 'on-preflight-failure': 'continue' },
  })
  expect(outcome.failure).toBeUndefined()
  expect(outcome.outputs.passed).toBe('false')
  expect(context.messages).toContainEqual(expect.stringMatching(/^Input chart: "none" is neither/))
})

test('warnings are in the log too', async () => {
  const { context } = await runPreflight({ release: fakeRelease(['2']) })
  expect(context.messages).toEqual([
    'Preflight: 1 warning.',
    expect.stringMatching(/^Input release: Release digits serves version 2, but the champion is version 3/),
  ])
})

test('an invalid policy leaves the metrics unchecked', async () => {
  const { of } = await runPreflight({ inputs: { policy: 'none.yml' } })
  expect(of('Metrics')).toEqual([{ status: 'not-checked', message: 'the policy is invalid.' }])
})

test('the training creates an experiment that does not exist; without a name, the script chooses', async () => {
  const mlflow = { ...goodRegistry(), findExperiment: async () => undefined }
  const named = await runPreflight({ mlflow })
  expect(named.of('Experiment')).toMatchObject([
    { status: 'passed', message: '"fraud" is created by the training.' },
  ])
  const open = await runPreflight({ mlflow, inputs: { 'experiment-name': '' } })
  expect(open.of('Experiment')).toEqual([])
})

test('a policy with predictions needs no logged metric', async () => {
  const { of, outcome } = await runPreflight({
    files,
    mlflow: fakeMlflow({
      runs: [fakeRun(RUN)],
      versions: [fakeVersion('3', { runId: RUN })],
      aliases: { champion: '3' },
    }),
  })
  expect(of('Metrics')).toEqual([])
  expect(of('Holdout')).toMatchObject([{ status: 'passed' }])
  expect(of('Scoring script')).toMatchObject([{ status: 'passed' }])
  expect(outcome.failure).toBeUndefined()
})

test('an internal error is not a finding', async () => {
  const mlflow = {
    ...goodRegistry(),
    getModel: async () => {
      throw new TypeError('a bug')
    },
  }
  await expect(runPreflight({ mlflow })).rejects.toThrow('a bug')
})

test('needs a model, a chart and a release', () => {
  expect(() => parseInputs(contract, {})).toThrow(/Input model-name: .*\nInput chart: .*\nInput release: /)
})
