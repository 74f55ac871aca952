import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { contract } from '../../actions/preflight/contract.ts'
import { main } from '../../actions/preflight/main.ts'
import { type Rig, up } from '../../rig/index.ts'
import { repository } from '../../rig/paths.ts'
import { installLinters, tools } from '../../rig/tools/index.ts'
import type { Finding } from '../../src/domain/preflight/findings.ts'
import {
  type ChartFiles,
  chartlessRepository,
  deploymentRepository,
  imageTagRepository,
  packageRepository,
  subfolderRepository,
  type UserRepositoryFiles,
} from '../fakes/user-repositories.ts'
import { createJob, inputsOf } from './support/action-call.ts'
import { buildKubeconfig } from './support/cluster/cluster-users.ts'
import { type HelmName, type Namespace, openNamespace } from './support/cluster/namespace.ts'
import { openTestEnvironment } from './support/cluster/test-environment.ts'

const folders: string[] = []
const namespaces: Namespace[] = []
let rig: Rig

beforeAll(async () => {
  rig = await up()
  await installLinters()
})
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  await Promise.all(namespaces.map((namespace) => namespace.close()))
})

/** Writes a repository as a user has it, and commits it. */
function createFolder(files: UserRepositoryFiles): string {
  const folder = mkdtempSync(join(tmpdir(), 'init-'))
  folders.push(folder)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  execFileSync('git', ['init', '--quiet', folder])
  return folder
}

/** The chart that the real Helm creates. */
function createChart(helm: HelmName, name: string): ChartFiles {
  const folder = mkdtempSync(join(tmpdir(), 'init-chart-'))
  folders.push(folder)
  execFileSync(rig.tools[helm], ['create', name], { cwd: folder })
  const paths = globSync('**/*.*', { cwd: join(folder, name) })
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, name, path), 'utf8')]))
}

/** Runs the command as a user does, without a terminal. */
function runInit(folder: string, ...flags: string[]): string {
  const command = [join(repository, 'scripts/init/main.ts'), folder, ...flags]
  return execFileSync(process.execPath, command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The kubeconfig of the service account that the written RBAC creates. */
async function applyRole(folder: string, namespace: Namespace): Promise<string> {
  await namespace.kubectl('apply', '--filename', join(folder, 'retrain-rbac.yaml'))
  const token = await namespace.kubectl('create', 'token', 'retrain-actions')
  return buildKubeconfig(namespace, { token: token.trim() })
}

/** Runs preflight with the inputs of the written retrain.yml, once its variables and secrets are set. */
async function runPreflight(folder: string, namespace: Namespace, helm: HelmName): Promise<Finding[]> {
  const workflow = parse(readFileSync(join(folder, '.github/workflows/retrain.yml'), 'utf8'))
  const variables: Record<string, string> = {
    'vars.MLFLOW_TRACKING_URI': rig.mlflow.uri,
    'vars.MLFLOW_POD_TRACKING_URI': rig.mlflow.podUri,
  }
  const evaluate = (value: unknown) =>
    String(value).replace(/\$\{\{ *([^}]*?) *\}\}/g, (_, expression) => variables[expression] ?? '')
  const { retrain, preflight } = workflow.jobs
  // A workflow for a model in the image has steps.
  const call = retrain ?? preflight.steps.at(-1)
  const given = Object.entries(call.with)
    .filter(([name]) => name in contract.inputs || ['release', 'namespace', 'tracking-uri'].includes(name))
    .map(([name, value]) => [name, evaluate(value)] as const)
  const context = createJob({ workspace: folder, env: namespace.environment(helm) })
  const kubeconfig = await applyRole(folder, namespace)
  const inputs = { ...Object.fromEntries(given), kubeconfig, 'same-job': 'false' }
  const previous = process.cwd()
  // helm reads the chart from the folder of the job.
  process.chdir(folder)
  try {
    const { outputs } = await main(inputsOf(contract, inputs, {}), context)
    return JSON.parse(outputs.findings ?? '')
  } finally {
    process.chdir(previous)
  }
}

const model = (name: string) => `${name}-${randomUUID().slice(0, 8)}`

interface Case {
  helm: HelmName
  /** Checks that must pass, besides those of every repository. */
  checks?: string[]
  files: () => UserRepositoryFiles
  flags?: string[]
}

const cases: [string, Case][] = [
  [
    'a Deployment that helm create wrote',
    { helm: 'helm4', files: () => deploymentRepository(model('churn'), createChart('helm4', 'app')) },
  ],
  [
    'a StatefulSet with the version in the tag of its image',
    { helm: 'helm4', files: () => imageTagRepository(model('ranker')) },
  ],
  [
    'a package in src with a grid search, and the chart of Helm 3',
    { helm: 'helm3', files: () => packageRepository(model('fraud'), createChart('helm3', 'fraud')) },
  ],
  [
    'a script in a subfolder with a holdout and workflows',
    {
      helm: 'helm4',
      files: () => subfolderRepository(model('churn')),
      checks: ['Holdout', 'Scoring script'],
    },
  ],
  [
    'no chart, with a copy of the example',
    { helm: 'helm4', files: () => chartlessRepository(model('fraud')), flags: ['--with-chart'] },
  ],
]

describe.each(cases)('%s', (_, { helm, files, flags = [], checks = [] }) => {
  test('preflight and actionlint find nothing, and a second run changes nothing', async () => {
    const namespace = await openNamespace()
    namespaces.push(namespace)
    const folder = createFolder(files())
    const all = [...flags, '--namespace', namespace.namespace]
    runInit(folder, ...all)
    if (existsSync(join(folder, 'retrain-chart.patch')))
      execFileSync('git', ['apply', 'retrain-chart.patch'], { cwd: folder })
    const findings = await runPreflight(folder, namespace, helm)
    const open = findings.filter(({ status }) => status === 'failed' || status === 'warning')
    expect(open).toEqual([])
    const passed = findings.filter(({ status }) => status === 'passed').map(({ check }) => check)
    expect(passed).toEqual(
      expect.arrayContaining([
        'Policy',
        'Training script',
        'Model version',
        'Permissions',
        'Release',
        ...checks,
      ]),
    )
    const workflows = globSync('.github/workflows/{retrain,rollback,reconcile}.yml', { cwd: folder })
    execFileSync(tools.actionlint, ['-no-color', ...workflows], { cwd: folder, encoding: 'utf8' })
    expect(runInit(folder, ...all)).not.toMatch(/written|replaced|kept:/)
  })
})

test('pods of the changed chart download the model and name its version', async () => {
  const space = await openTestEnvironment()
  namespaces.push(space)
  const name = model('patched')
  const folder = createFolder(deploymentRepository(name, createChart('helm4', 'app')))
  runInit(folder, '--apply-chart')
  const chart = join(folder, 'deploy/chart')
  const template = join(chart, 'templates/deployment.yaml')
  // Stands for a server that loads the model.
  const server =
    '          command: [/bin/sh, -c, "test -s /model/MLmodel && exec sleep 3600"]\n          ports:\n'
  writeFileSync(template, readFileSync(template, 'utf8').replace('          ports:\n', server))
  const [repositoryName, tag] = rig.image.split(':')
  const values = {
    image: { repository: repositoryName, tag, pullPolicy: 'Never' },
    livenessProbe: null,
    readinessProbe: null,
  }
  const { number } = await space.registerVersion(name)
  const { outputs, failure } = await space.deploy('helm4', {
    ...{ release: 'patched', chart, 'model-name': name, 'model-version': number },
    ...{ 'tracking-uri': rig.mlflow.uri, 'pod-tracking-uri': rig.mlflow.podUri },
    values: JSON.stringify(values),
    timeout: '90s',
  })
  expect(failure).toBeUndefined()
  expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': number })
})
