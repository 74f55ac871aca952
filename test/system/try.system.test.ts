import { randomUUID } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Rig, up } from '../../rig/index.ts'
import { buildPauseImage } from '../../rig/kubernetes/node/pause-image.ts'
import { repository } from '../../rig/paths.ts'
import { run, tryRun } from '../../rig/process/command.ts'
import { parseOptions } from '../../rig/try/options.ts'
import { tryWorkflow } from '../../rig/try/run-try.ts'

const name = `try-${randomUUID().slice(0, 8)}`
let rig: Rig
let root = ''
let folder = ''

/** Reads the quick start's workflow and fills in the names of the example, as a user does. */
const readQuickStart = async (changes: Record<string, string> = {}): Promise<string> => {
  const readme = await readFile(join(repository, 'README.md'), 'utf8')
  const block = /```yaml\n( *# \.github\/workflows\/retrain\.yml\n[\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const names = {
    fraud: name,
    'metric: auc': 'metric: accuracy',
    'chart: chart': `chart: chart\n      values-files: values.yaml\n      namespace: ${name}`,
    ...changes,
  }
  const text = block.replaceAll(/^ {3}/gm, '')
  return Object.entries(names).reduce((filled, [from, to]) => filled.replaceAll(from, to), text)
}

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}

beforeAll(async () => {
  rig = await up()
  root = await mkdtemp(join(tmpdir(), 'try-test-'))
  folder = join(root, 'fraud')
  await cp(join(repository, 'examples/digits'), folder, { recursive: true })
  const [image, tag] = rig.image.split(':')
  await write('values.yaml', JSON.stringify({ image: { repository: image, tag, pullPolicy: 'Never' } }))
  await write('.github/workflows/retrain.yml', await readQuickStart())
  await write(
    '.github/workflows/no-chart.yml',
    await readQuickStart({ 'chart: chart': 'chart: charts/none' }),
  )
  await run(['git', '-C', folder, 'init', '--quiet'])
  await run(['git', '-C', folder, 'remote', 'add', 'origin', 'git@github.com:shop/fraud.git'])
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
  await kubectl('delete', 'namespace', name, '--wait=false')
  await fetch(`${rig.mlflow.uri}/api/2.0/mlflow/registered-models/delete`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
})

const kubectl = async (...args: string[]): Promise<string> => {
  const env = { KUBECONFIG: rig.kubernetes.kubeconfig }
  const { stdout, stderr } = await tryRun([rig.tools.kubectl, ...args], { env })
  return stdout || stderr
}

/** Lists the files of the user's folder with their contents and times. */
const describeFolder = () =>
  run(['find', folder, '-type', 'f', '-printf', '%P %s %T@\n']).then((text) => text.split('\n').sort())

const tryFolder = async (...args: string[]) => {
  const options = parseOptions([folder, ...args, '--page', join(root, 'page.html')])
  if (options === 'help') throw new Error('no options')
  const printed: string[] = []
  const print = (line: string) => printed.push(line)
  const result = await tryWorkflow(options, { base: root, print, dist: inject('dist') })
  return { ...result, printed: printed.join('\n'), html: await readFile(result.page, 'utf8') }
}

test('the quick start runs unmodified, from a first model to a deployment, on the servers of the rig', async () => {
  const before = await describeFolder()
  const { exitCode, printed, html } = await tryFolder('retrain.yml')
  expect(exitCode, printed).toBe(0)
  expect(await describeFolder()).toEqual(before)

  const { users } = JSON.parse(await readFile(rig.kubernetes.kubeconfig, 'utf8'))
  const token: string = users[0].user.token
  expect(token.length).toBeGreaterThan(10)
  for (const text of [printed, html]) expect(text).not.toContain(token)
  expect(printed).toContain('accuracy: 0.9')
  expect(printed).toContain(`job summaries: ${join(root, 'page.html')}`)

  for (const job of ['Request', 'Preflight', 'Train', 'Gate', 'Deploy', 'Promote'])
    expect(html).toContain(`✅ ${job} <span`)
  expect(html).toContain('<strong>Promote version 1: first model, within the limits of the policy.</strong>')
  expect(html).toContain('<tr><td>gatekeeper</td><td>verdict</td><td>promote</td></tr>')
  expect(html).toContain('<tr><td>deploy</td><td>live-model-version</td><td>1</td></tr>')
  expect(html).not.toMatch(/<script|mlflow\.example\.com/)

  const pods = JSON.parse(await kubectl('get', 'pods', '--namespace', name, '--output', 'json'))
  expect(pods.items).toHaveLength(1)
  expect(JSON.stringify(pods.items[0].spec.containers)).toContain('{"name":"MODEL_VERSION","value":"1"}')
  const registry = await fetch(
    `${rig.mlflow.uri}/api/2.0/mlflow/registered-models/alias?name=${name}&alias=champion`,
  )
  expect(await registry.json()).toMatchObject({ model_version: { version: '1' } })
})

test('a workflow that fails gives its result, and a page with the reason', async () => {
  const { exitCode, html } = await tryFolder('no-chart.yml', 'schedule')
  expect(exitCode).toBe(1)
  expect(html).toContain('❌ Preflight <span')
  expect(html).toContain('charts/none')
  expect(html).toContain('⏭️ Train <span')
})

test('pods run images that were imported from an archive and from podman', async () => {
  const image = await buildPauseImage()
  // The rig has no podman. This one writes the same archive.
  const podman = join(root, 'bin/podman')
  await mkdir(dirname(podman))
  const save = `#!/bin/sh\n[ "$1" = save ] && exec tar --create --directory '${image}' .\n`
  await writeFile(podman, save, { mode: 0o755 })
  const commands = {
    archive: 'tar --create --directory "$1" . | "$2" scripts/run.mjs rig/main.ts image "$3"',
    podman: '"$2" scripts/run.mjs rig/main.ts image "$3" --from podman',
  }
  await kubectl('create', 'namespace', name)
  for (const [from, script] of Object.entries(commands)) {
    const own = `${name}/${from}:1`
    const env = { PATH: `${dirname(podman)}:${process.env.PATH}` }
    const printed = await run(['sh', '-c', script, 'sh', image, rig.tools.node, own], {
      cwd: repository,
      env,
    })
    expect(printed).toContain(`imported docker.io/${own}`)
    const pod = JSON.stringify({ spec: { automountServiceAccountToken: false } })
    const options = ['--namespace', name, '--image', own, '--image-pull-policy', 'Never', '--overrides', pod]
    await kubectl('run', from, ...options)
    const ready = ['--for=condition=Ready', '--timeout=60s', '--namespace', name]
    expect(await kubectl('wait', `pod/${from}`, ...ready)).toContain('condition met')
  }
})
