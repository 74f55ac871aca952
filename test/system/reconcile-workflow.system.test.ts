import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createRepository, runWorkflow } from '../../rig/act/index.ts'
import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { repository } from '../../rig/paths.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

const release = 'agreed'
const model = `workflow-${randomUUID()}`
let cluster: TestEnvironment
let root = ''
let github: GitHub

beforeAll(async () => {
  cluster = await openTestEnvironment()
  root = await mkdtemp(join(tmpdir(), 'reconcile-workflow-'))
  // The example caller with the names of this test, and with a login in `setup`.
  const login = `setup: |
        printf %s "$SETUP_SECRET" > "$RUNNER_TEMP/login"
        echo "KUBECONFIG=$RUNNER_TEMP/login" >> "$GITHUB_ENV"`
  const caller = (await readFile(join(repository, 'workflows-examples/reconcile.yml'), 'utf8'))
    .replace('model-name: digits', `model-name: ${model}`)
    .replace('release: digits', `release: ${release}\n      namespace: ${cluster.namespace}\n      ${login}`)
    .replace('      kubeconfig: ', '      setup-secret: ')
  await mkdir(join(root, 'workflows'))
  await writeFile(join(root, 'workflows/reconcile.yml'), caller)
  await createRepository(join(root, 'user'), {
    name: 'shop/digits',
    workflows: [join(root, 'workflows/reconcile.yml')],
  })
  const onStart = async () => {}
  github = await startGitHub({ repository: 'shop/digits', token: 'sesame', workflows: root, onStart })
  const { number } = await cluster.registerVersion(model)
  await cluster.deployVersion('helm4', release, number, {}, model)
})
afterAll(async () => {
  await github.close()
  await rm(root, { recursive: true, force: true })
  await cluster.close()
})

const run = async (event: 'schedule' | 'workflow_dispatch', inputs?: Record<string, string>) =>
  runWorkflow({
    event,
    ...(inputs && { inputs }),
    repository: join(root, 'user'),
    workflow: 'reconcile.yml',
    dist: inject('dist'),
    vars: { MLFLOW_TRACKING_URI: cluster.trainer.uri },
    secrets: {
      KUBECONFIG: await readFile(cluster.rig.kubernetes.kubeconfig, 'utf8'),
      GITHUB_TOKEN: 'sesame',
    },
    env: { GITHUB_API_URL: github.url },
    path: [dirname(cluster.rig.tools.kubectl)],
  })

test('the schedule repairs the state after a killed chain, and a manual run can report without a repair', async () => {
  const first = await run('schedule')
  expect(first.exitCode, first.log).toBe(0)
  expect(first.step('reconcile').outputs).toMatchObject({
    consistent: 'true',
    repaired: 'true',
    'champion-version': '1',
  })
  expect(await cluster.readAliases(model)).toEqual({ champion: '1' })
  expect(github.issues.issues).toEqual([])

  await cluster.mlflow.setVersionTags(model, '1', { [versionTags.quarantined]: 'an alert named it' })
  const manualRun = await run('workflow_dispatch', { repair: 'false' })
  expect(manualRun.exitCode, manualRun.log).toBe(0)
  expect(manualRun.step('reconcile').outputs).toMatchObject({
    consistent: 'false',
    repaired: 'false',
    'issue-url': 'https://github.com/shop/digits/issues/1',
  })
  expect(manualRun.summary).toContain('is quarantined&#58; an alert named it')
  expect(github.issues.writes).toEqual(['POST /issues'])

  await cluster.mlflow.deleteVersionTag(model, '1', versionTags.quarantined)
  const after = await run('schedule')
  expect(after.exitCode, after.log).toBe(0)
  expect(github.issues.issues).toMatchObject([{ state: 'closed' }])
})
