import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createRepository, runWorkflow } from '../../rig/act/index.ts'
import { repository } from '../../rig/paths.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { tinyChart } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

const WORKFLOWS = ['adopt.yml', 'clear-quarantine.yml']
const release = 'by-hand'
const model = `registry-${randomUUID()}`
let cluster: TestEnvironment
let root = ''

/** The example workflows with the names of this test, and a release that helm created without the suite. */
beforeAll(async () => {
  cluster = await openTestEnvironment()
  root = await mkdtemp(join(tmpdir(), 'registry-workflows-'))
  await mkdir(join(root, 'workflows'))
  for (const name of WORKFLOWS) {
    const text = await readFile(join(repository, 'workflows-examples', name), 'utf8')
    await writeFile(
      join(root, 'workflows', name),
      text
        .replace('model-name: digits', `model-name: ${model}`)
        .replace('release: digits', `release: ${release}\n          namespace: ${cluster.namespace}`),
    )
  }
  await createRepository(join(root, 'user'), {
    name: 'shop/digits',
    workflows: WORKFLOWS.map((name) => join(root, 'workflows', name)),
  })
  for (const number of ['1', '2']) expect((await cluster.registerVersion(model)).number).toBe(number)
  const values = `model.name=${model},model.version=1`
  await cluster.helm(
    'helm4',
    'install',
    release,
    tinyChart,
    '--set-string',
    values,
    '--wait',
    '--timeout=55s',
  )
})
afterAll(async () => {
  await rm(root, { recursive: true, force: true })
  await cluster.close()
})

const run = async (workflow: string, inputs: Record<string, string>) =>
  runWorkflow({
    event: 'workflow_dispatch',
    inputs,
    repository: join(root, 'user'),
    workflow,
    dist: inject('dist'),
    vars: { MLFLOW_TRACKING_URI: cluster.trainer.uri },
    secrets: { KUBECONFIG: await readFile(cluster.rig.kubernetes.kubeconfig, 'utf8') },
    path: [dirname(cluster.rig.tools.kubectl)],
  })

test('adopt.yml records the version that the pods report as the champion', async () => {
  const result = await run('adopt.yml', {})
  expect(result.exitCode, result.log).toBe(0)
  expect(result.step('promote').outputs).toEqual({
    'champion-version': '1',
    'previous-version': 'none',
    changed: 'true',
  })
  expect(await cluster.readAliases(model)).toEqual({ champion: '1' })
})

test('clear-quarantine.yml clears a version that does not serve, and the champion stays', async () => {
  await cluster.mlflow.setVersionTags(model, '2', { [versionTags.quarantined]: 'OOMKilled' })
  const result = await run('clear-quarantine.yml', { 'model-version': '2', reason: 'more memory' })
  expect(result.exitCode, result.log).toBe(0)
  expect(result.step('promote').outputs).toMatchObject({ 'champion-version': '1', changed: 'false' })
  const tags = (await cluster.mlflow.getVersion(model, '2'))?.tags ?? {}
  expect(tags[versionTags.quarantined]).toBeUndefined()
  expect(tags[versionTags.quarantineCleared]).toContain('more memory')
})
