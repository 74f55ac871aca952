import { randomUUID } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createRepository, runWorkflow } from '../../rig/act/index.ts'
import { cache, repository } from '../../rig/paths.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

const id = randomUUID().slice(0, 8)
const model = `image-${id}`
const image = `retrain-actions/${model}`
let cluster: TestEnvironment
let root = ''

/** A repository whose model is part of the image. Its script "builds" an image by a new tag in the node. */
beforeAll(async () => {
  cluster = await openTestEnvironment()
  root = await mkdtemp(join(tmpdir(), 'retrain-image-'))
  const chart = join(root, 'chart')
  await cp(join(repository, 'test/system/charts/baked'), chart, { recursive: true })
  const values = await readFile(join(chart, 'values.yaml'), 'utf8')
  await writeFile(join(chart, 'values.yaml'), values.replace('retrain-actions/baked', image))
  const tag = `import(${JSON.stringify(join(repository, 'rig/kubernetes/node/node.ts'))}).then(({ tagInNode }) => tagInNode(${JSON.stringify(cluster.rig.image)}, ${JSON.stringify(`${image}:`)} + process.env.MODEL_VERSION))`
  const script = `#!/bin/sh -eu\ntest "$MODEL_NAME" = ${model}\nXDG_CACHE_HOME='${dirname(cache)}' exec node --eval '${tag}'\n`
  await writeFile(join(root, 'build-image.sh'), script, { mode: 0o755 })
  const example = await readFile(join(repository, 'workflows-examples/retrain-image.yml'), 'utf8')
  const workflow = join(root, 'workflows/retrain-image.yml')
  await mkdir(dirname(workflow))
  await writeFile(
    workflow,
    example
      .replaceAll(/(model-name|MODEL_NAME): digits/g, `$1: ${model}`)
      .replaceAll('release: digits', `release: ${model}\n          namespace: ${cluster.namespace}`),
  )
  const sources = ['train.py', 'data.py', 'recipes.py', 'centring.py', 'requirements.txt']
  await createRepository(join(root, 'user'), {
    name: 'shop/digits',
    files: {
      ...Object.fromEntries(sources.map((name) => [name, join(repository, 'examples/digits', name)])),
      chart,
      'build-image.sh': join(root, 'build-image.sh'),
    },
    workflows: [workflow],
  })
})
afterAll(async () => {
  await rm(root, { recursive: true, force: true })
  await cluster.close()
})

test('retrain-image.yml builds the image of the version that the gate accepts, deploys and promotes it', async () => {
  const result = await runWorkflow({
    event: 'workflow_dispatch',
    repository: join(root, 'user'),
    workflow: 'retrain-image.yml',
    dist: inject('dist'),
    vars: { MLFLOW_TRACKING_URI: cluster.trainer.uri },
    secrets: { KUBECONFIG: await readFile(cluster.rig.kubernetes.kubeconfig, 'utf8') },
    path: [dirname(cluster.rig.tools.kubectl)],
  })
  expect(result.exitCode, result.log).toBe(0)
  expect(result.jobs.map(({ id: job }) => job)).toEqual(['preflight', 'train', 'gate', 'image', 'deploy'])
  expect(result.step('deploy').outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '1' })
  expect(await cluster.readAliases(model)).toEqual({ champion: '1' })
  const pods = await cluster.kubectl(
    'get',
    'pods',
    '--output',
    'jsonpath={.items[*].spec.containers[*].image}',
  )
  expect(pods).toBe(`${image}:1`)
})
