import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createRepository, runWorkflow, type WorkflowResult } from '../../rig/act/index.ts'
import { type GitHub, startGitHub, type WorkflowStart } from '../../rig/github/index.ts'
import { repository } from '../../rig/paths.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

const release = 'answered'
const model = `workflow-${randomUUID()}`
let cluster: TestEnvironment
let root = ''
let github: GitHub
const runs: WorkflowResult[] = []
const retrainings: WorkflowStart[] = []

beforeAll(async () => {
  cluster = await openTestEnvironment()
  root = await mkdtemp(join(tmpdir(), 'rollback-workflow-'))
  // The example caller with the names of this test.
  const caller = (await readFile(join(repository, 'workflows-examples/rollback.yml'), 'utf8'))
    .replace('model-name: digits', `model-name: ${model}`)
    .replace('release: digits', `release: ${release}\n      namespace: ${cluster.namespace}`)
  await mkdir(join(root, 'workflows'))
  await writeFile(join(root, 'workflows/rollback.yml'), caller)
  await writeFile(
    join(root, 'workflows/retrain.yml'),
    'on: { repository_dispatch: { types: [model-performance-drop] } }\n',
  )
  await createRepository(join(root, 'user'), {
    name: 'shop/digits',
    workflows: [join(root, 'workflows/rollback.yml')],
  })
  github = await startGitHub({
    repository: 'shop/digits',
    token: 'sesame',
    workflows: join(root, 'workflows'),
    onStart: async (started) => {
      if (started.workflow === 'retrain.yml') retrainings.push(started)
      else runs.push(await run('repository_dispatch', { payload: started.payload }))
    },
  })
  for (const _ of ['first', 'second']) {
    const { number } = await cluster.registerVersion(model)
    await cluster.deployVersion('helm4', release, number, {}, model)
    await cluster.promoteVersion('helm4', release, number, model)
  }
})
afterAll(async () => {
  await github.close()
  await rm(root, { recursive: true, force: true })
  await cluster.close()
})

async function run(
  event: 'repository_dispatch' | 'workflow_dispatch',
  given: object,
): Promise<WorkflowResult> {
  return runWorkflow({
    event,
    repository: join(root, 'user'),
    workflow: 'rollback.yml',
    dist: inject('dist'),
    vars: { MLFLOW_TRACKING_URI: cluster.trainer.uri },
    secrets: {
      KUBECONFIG: await readFile(cluster.rig.kubernetes.kubeconfig, 'utf8'),
      GITHUB_TOKEN: 'sesame',
    },
    env: { GITHUB_API_URL: github.url },
    path: [dirname(cluster.rig.tools.kubectl)],
    ...given,
  })
}

/** Posts an alert to Alertmanager. @returns the run that it started */
async function alert(version: Record<string, string>): Promise<WorkflowResult> {
  const client_payload = {
    schema: '1',
    source: 'alert',
    model_name: model,
    trigger_reason: 'accuracy "0.61"',
    ...version,
  }
  const response = await fetch(`${github.url}/repos/shop/digits/dispatches`, {
    method: 'POST',
    headers: { authorization: 'Bearer sesame' },
    body: JSON.stringify({
      event_type: 'performance-alert',
      client_payload: { ...client_payload, fired_at: new Date().toISOString() },
    }),
  })
  expect(response.status).toBe(204)
  await github.idle()
  const last = runs.pop()
  if (!last) throw new Error('the alert started no workflow')
  return last
}

const revisions = async () => (await cluster.listRevisions('helm4', release)).length

test('an alert without a version, or with another one, changes nothing', async () => {
  const withoutVersion = await alert({})
  expect(withoutVersion.exitCode).toBe(1)
  const messages = withoutVersion.steps.flatMap(({ annotations }) =>
    annotations.map(({ message }) => message),
  )
  expect(messages.join(), JSON.stringify(withoutVersion.steps)).toContain(
    'Input bad-model-version: is required',
  )
  const other = await alert({ model_version: '1' })
  expect(other.exitCode, other.log).toBe(0)
  expect(other.summary).toContain('serves version 2, not 1')
  expect(await revisions()).toBe(2)
  expect(await cluster.readAliases(model)).toEqual({ champion: '2', previous: '1' })
})

test('an alert rolls back its version in cluster and registry, and a second alert only completes the registry', async () => {
  const first = await alert({ model_version: '2' })
  expect(first.exitCode, first.log).toBe(0)
  expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('1')
  expect(await cluster.readAliases(model)).toEqual({ champion: '1' })
  const tags = (await cluster.mlflow.getVersion(model, '2'))?.tags
  expect(tags).toMatchObject({ [versionTags.quarantined]: 'accuracy "0.61"', [versionTags.demotedTo]: '1' })
  expect(first.summary).toContain('version 1 is the champion again')
  expect(first.jobs.at(-1)?.id).not.toBe('retrain')

  // The state of a first run that was killed before it wrote to the registry.
  await cluster.mlflow.setAlias(model, 'champion', '2')
  const again = await alert({ model_version: '2' })
  expect(again.exitCode, again.log).toBe(0)
  expect(again.summary).toContain('is already rolled back from version 2')
  expect(await revisions()).toBe(3)
  expect(await cluster.readAliases(model)).toEqual({ champion: '1' })
  expect((await cluster.mlflow.getVersion(model, '2'))?.tags).toEqual(tags)
  expect(retrainings).toEqual([])
})

test('an alert for an old champion starts a retraining', async () => {
  const old = new Date(Date.now() - 100 * 3_600_000).toISOString()
  await cluster.mlflow.setVersionTags(model, '1', { [versionTags.promotedAt]: old })
  const drop = await alert({ model_version: '1' })
  expect(drop.exitCode, drop.log).toBe(0)
  expect(drop.summary).toContain('retrain it instead of rolling back')
  expect(await revisions()).toBe(3)
  expect(retrainings.map(({ payload }) => payload)).toMatchObject([
    {
      action: 'model-performance-drop',
      client_payload: { model_name: model, trigger_reason: expect.stringContaining('rollback-window') },
    },
  ])
})

test('a manual run without a version rolls back the live one', async () => {
  const { number } = await cluster.registerVersion(model)
  await cluster.deployVersion('helm4', release, number, {}, model)
  await cluster.promoteVersion('helm4', release, number, model)
  const inputs = { reason: 'it is slow', quarantine: 'false', 'rollback-window': '1h' }
  const result = await run('workflow_dispatch', { inputs })
  expect(result.exitCode, result.log).toBe(0)
  expect(await cluster.readAliases(model)).toEqual({ champion: '1' })
  const tags = (await cluster.mlflow.getVersion(model, number))?.tags
  expect(tags).toMatchObject({ [versionTags.demotedReason]: 'it is slow' })
  expect(tags).not.toHaveProperty([versionTags.quarantined])
})
