import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Rig } from '../../rig/index.ts'
import { tagInNode } from '../../rig/kubernetes/node/node.ts'
import { repository } from '../../rig/paths.ts'
import { run } from '../../rig/process/command.ts'
import { renderChart } from '../../src/adapters/helm/helm.ts'
import type { ChartInputs } from '../../src/release/chart-inputs.ts'
import { prepareUpgrade } from '../../src/release/prepare-upgrade.ts'
import { versionValuesField } from '../../src/release/version-values.ts'
import { type ChartRegistry, startChartRegistry } from './support/chart-registry.ts'
import { type Namespace, openNamespace } from './support/cluster/namespace.ts'

const helms = ['helm3', 'helm4'] as const
const credentials = { username: 'ci', password: 'correct-horse-battery' }
const login = { 'registry-username': credentials.username, 'registry-password': credentials.password }
const placed = join(repository, 'test/system/charts/placed')

let cluster: Namespace
let rig: Rig
let registry: ChartRegistry
beforeAll(async () => {
  cluster = await openNamespace()
  rig = cluster.rig
  const folder = await mkdtemp(join(tmpdir(), 'package-'))
  await run([rig.tools.helm4, 'package', placed, '--destination', folder])
  registry = await startChartRegistry(join(folder, 'placed-1.0.0.tgz'), credentials)
})
afterAll(async () => {
  registry.close()
  await cluster.close()
})

/** Prepares an upgrade to version 7 in a home of its own, and renders it. */
async function prepare(
  helm: (typeof helms)[number],
  inputs: Omit<Partial<ChartInputs>, 'version-values'> & { 'version-values'?: string },
) {
  const home = await mkdtemp(join(tmpdir(), 'home-'))
  const env = {
    PATH: [dirname(rig.tools[helm]), process.env.PATH].join(':'),
    HOME: home,
    SSL_CERT_FILE: registry.certificate,
  }
  const folder = join(home, 'generated')
  const model = { name: 'fraud', version: '7', mlflowUri: 'http://mlflow:5000' }
  const given = {
    chart: placed,
    ...inputs,
    'version-values': versionValuesField().parse(inputs['version-values']),
  }
  const subject = { release: 'fraud', timeout: 60_000, folder, model }
  const request = await prepareUpgrade(given, { env, namespace: 'ml' }, subject)
  const read = async () => JSON.parse(await readFile(request.valuesFiles.at(-1) ?? '', 'utf8'))
  return { home, folder, request, read, render: () => renderChart({ env, namespace: 'ml' }, request) }
}

/** All text of a folder, to look for secrets in. */
async function readAll(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), 'latin1'))
  return (await Promise.all(texts)).join('\n')
}

const versionValues = 'extraEnv[1].value: {{version}}\nimage.tag: v{{version}}'

describe.each(helms)('with %s', (helm) => {
  test('values are placed among those of chart, files and input, by the rules of Helm', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'values-')), 'values.yaml')
    await writeFile(
      file,
      'extraEnv:\n  - {name: A, value: yes}\n  - {name: B, value: 0x10}\n  - {name: C, value: 2024-01-02}\n',
    )
    const { read } = await prepare(helm, {
      'values-files': [file],
      values: 'image: {tag: null}\npodAnnotations: {kept: "1"}',
      'version-values': `${versionValues}\npodAnnotations["example.com/version"]: {{version}}`,
    })
    const { extraEnv, ...others } = await read()
    expect(others).toEqual({ image: { tag: 'v7' }, podAnnotations: { 'example.com/version': '7' } })
    expect(extraEnv).toMatchObject([
      { name: 'A', value: true },
      { name: 'B', value: '7' },
      { name: 'C', value: expect.stringMatching(/^2024-01-02/) },
    ])
  })

  test('a strict chart with a text as model renders with the version in its own values', async () => {
    const { render } = await prepare(helm, {
      'version-values': `${versionValues}\npodAnnotations["example.com/version"]: {{version}}`,
    })
    const rendered = await render()
    expect(rendered).toContain('image: "retrain-actions/placed:v7"')
    expect(rendered).toMatch(/name: LOG_LEVEL\s+value: info/)
    expect(rendered).toMatch(/name: MODEL_VERSION\s+value: "7"/)
    expect(rendered).toContain('example.com/version: "7"')
    expect(rendered).toMatch(/name: MODEL\s+value: "acme\/base"/)
  })

  test.each([
    ['extraEnv[2].value', /extraEnv has 2 items in the values/],
    ['model.version', /model is "acme\/base" in the values/],
    ['image', /image is a mapping in the values \("repository", "tag"\)/],
  ])('%s is refused, since the chart has something else there', async (path, message) => {
    await expect(prepare(helm, { 'version-values': `${path}: {{version}}` })).rejects.toThrow(message)
  })

  test.each<[string, () => Partial<ChartInputs>]>([
    ['a registry', () => ({ chart: `oci://${registry.host}/charts/placed`, 'chart-version': '1.0.0' })],
    ['a registry, its newest version', () => ({ chart: `oci://${registry.host}/charts/placed` })],
    [
      'a repository',
      () => ({
        chart: 'placed',
        'chart-repository': `https://${registry.host}/repository`,
        'chart-version': '1.0.0',
      }),
    ],
    [
      'a repository by a name',
      () => ({ chart: 'acme/placed', 'chart-repository': `https://${registry.host}/repository/` }),
    ],
  ])('a chart of %s is fetched once, with a login that leaves nothing', async (_title, source) => {
    const { render, home, folder } = await prepare(helm, {
      ...source(),
      ...login,
      'version-values': versionValues,
    })
    const fetched = registry.requests.length
    expect(await render()).toContain('retrain-actions/placed:v7')
    expect(registry.requests).toHaveLength(fetched)
    const left = await readAll(home)
    expect(left).not.toContain(credentials.password)
    expect(left).not.toContain(Buffer.from(`ci:${credentials.password}`).toString('base64'))
    expect(await readdir(folder)).not.toContain('helm')
  })

  test('a wrong password is an error without it', async () => {
    const chart = `oci://${registry.host}/charts/placed`
    const failed = prepare(helm, { chart, 'registry-username': 'ci', 'registry-password': 'not-this-one' })
    await expect(failed).rejects.toThrow(/helm registry login/)
    await expect(failed).rejects.not.toThrow(/not-this-one/)
  })

  test('an earlier login of the job is kept', async () => {
    const config = join(await mkdtemp(join(tmpdir(), 'registry-')), 'config.json')
    const auth = Buffer.from(`ci:${credentials.password}`).toString('base64')
    await writeFile(config, JSON.stringify({ auths: { [registry.host]: { auth } } }))
    const home = await mkdtemp(join(tmpdir(), 'home-'))
    const env = {
      PATH: [dirname(rig.tools[helm]), process.env.PATH].join(':'),
      HOME: home,
      SSL_CERT_FILE: registry.certificate,
      HELM_REGISTRY_CONFIG: config,
    }
    const subject = { release: 'f', timeout: 1, folder: join(home, 'g'), model: { name: 'f', version: '1' } }
    const chart = `oci://${registry.host}/charts/placed`
    const request = await prepareUpgrade({ chart }, { env, namespace: 'ml' }, subject)
    expect(request.chart).toMatch(/placed-1\.0\.0\.tgz$/)
  })

  test('dependencies are built from folders, repositories and a private registry', async () => {
    const home = await mkdtemp(join(tmpdir(), 'parent-'))
    await cp(placed, join(home, 'local'), { recursive: true })
    await writeFile(join(home, 'local/Chart.yaml'), 'apiVersion: v2\nname: local\nversion: 1.0.0\n')
    const chart = join(home, 'parent')
    await mkdir(join(chart, 'templates'), { recursive: true })
    const dependencies = [
      { name: 'local', version: '1.0.0', repository: 'file://../local' },
      { name: 'placed', version: '1.0.0', repository: `https://${registry.host}/repository`, alias: 'one' },
      { name: 'placed', version: '1.0.0', repository: '@acme', alias: 'two' },
    ]
    const parent = { apiVersion: 'v2', name: 'parent', version: '1.0.0', dependencies }
    await writeFile(join(chart, 'Chart.yaml'), JSON.stringify(parent))
    const { render } = await prepare(helm, {
      chart,
      'dependency-build': true,
      'chart-repository': `https://${registry.host}/repository`,
      ...login,
      'version-values': 'one.image.tag: v{{version}}\nlocal.extraEnv[1].value: {{version}}',
    })
    expect((await readdir(join(chart, 'charts'))).sort()).toEqual(['local-1.0.0.tgz', 'placed-1.0.0.tgz'])
    const rendered = await render()
    expect(rendered).toContain('retrain-actions/placed:v7')
    expect(rendered).toMatch(/name: MODEL_VERSION\s+value: "7"/)

    await rm(join(chart, 'Chart.lock'))
    parent.dependencies = [
      { name: 'placed', version: '1.0.0', repository: `oci://${registry.host}/charts`, alias: 'one' },
    ]
    await writeFile(join(chart, 'Chart.yaml'), JSON.stringify(parent))
    await prepare(helm, {
      chart,
      'dependency-build': true,
      'chart-repository': `oci://${registry.host}/charts`,
      ...login,
    })
    expect(await readdir(join(chart, 'charts'))).toEqual(['placed-1.0.0.tgz'])
  })

  test('a post-renderer changes what is rendered, and its failure is reported', async () => {
    const folder = await mkdtemp(join(tmpdir(), "it's here "))
    const program = join(folder, 'render.sh')
    await writeFile(program, '#!/bin/sh\nsed "s/kind: Deployment/kind: StatefulSet/"\n', { mode: 0o755 })
    const { render } = await prepare(helm, { 'post-renderer': program, 'version-values': versionValues })
    expect(await render()).toContain('kind: StatefulSet')
    await writeFile(program, '#!/bin/sh\necho no overlay >&2; exit 3\n', { mode: 0o755 })
    await expect(render()).rejects.toThrow(/^Input post-renderer: ".*render\.sh" failed: no overlay/)
  })

  test('a chart of a private registry is deployed to a new namespace, through a post-renderer', async () => {
    await tagInNode(rig.image, 'retrain-actions/placed:rig')
    const folder = await mkdtemp(join(tmpdir(), 'render-'))
    await writeFile(join(folder, 'render.sh'), '#!/bin/sh\nsed "s/value: info/value: debug/"\n', {
      mode: 0o755,
    })
    const namespace = `${cluster.namespace}-${helm}`
    const inputs = {
      release: 'placed',
      namespace,
      chart: `oci://${registry.host}/charts/placed`,
      ...login,
      'create-namespace': 'true',
      'post-renderer': join(folder, 'render.sh'),
      'version-values': 'extraEnv[1].value: {{version}}',
    }
    process.env.SSL_CERT_FILE = registry.certificate
    try {
      for (const outcome of ['deployed', 'unchanged']) {
        const { outputs, failure, context } = await cluster.deploy(helm, { ...inputs, 'model-version': '1' })
        expect(failure).toBeUndefined()
        expect(outputs).toMatchObject({ outcome, 'live-model-version': '1' })
        expect(await readAll(context.temp)).not.toContain(credentials.password)
      }
      const failed = await cluster.deploy(helm, {
        ...inputs,
        'model-version': '2',
        values: 'serve: echo no weights; exit 3',
      })
      expect(failed.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
      const template = 'jsonpath={.spec.template.spec.containers[0].env[?(@.name=="LOG_LEVEL")].value}'
      const read = ['--namespace', namespace, 'get', 'deployment', 'placed', '--output', template]
      expect(await cluster.kubectl(...read)).toBe('debug')
    } finally {
      delete process.env.SSL_CERT_FILE
      await cluster.kubectl('delete', 'namespace', namespace, '--wait=false')
    }
  })

  test('crds are rendered unless they are skipped', async () => {
    const { request, render } = await prepare(helm, { 'skip-crds': true, 'version-values': versionValues })
    expect(request.skipCrds).toBe(true)
    await expect(render()).resolves.toContain('kind: Deployment')
  })

  test('an invalid Chart.yaml is an error of Helm', async () => {
    const chart = await mkdtemp(join(tmpdir(), 'broken-'))
    await writeFile(join(chart, 'Chart.yaml'), 'name: [')
    const failed = prepare(helm, { chart, 'dependency-build': true })
    await expect(failed).rejects.toThrow(/Chart\.yaml|helm dependency build/)
  })
})

test.each(helms)(
  '%s: only what states values is read of a chart in the root of a workspace',
  async (helm) => {
    const chart = await mkdtemp(join(tmpdir(), 'workspace-'))
    const files = {
      'Chart.yaml':
        'apiVersion: v2\nname: root\nversion: 1.0.0\nkubeVersion: ">=99"\ndependencies: [{name: sub, version: 1.0.0, alias: queue}]\n',
      '.helmignore': 'templates/v*\n',
      'values.yaml': 'image: {tag: ""}\n',
      'values.schema.json': '{"$ref": "https://schema.invalid/x.json"}',
      'charts/README.md': 'no chart',
      'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
      'charts/sub/values.yaml': 'env: [{name: A, value: ""}]\n',
      'charts/sub/templates/broken.yaml': '{{ fail "not rendered" }}',
    }
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(chart, name)), { recursive: true })
      await writeFile(join(chart, name), text)
    }
    await symlink('.', join(chart, 'loop'))
    await symlink('/nowhere', join(chart, 'dangling'))
    const places = 'image.tag: v{{version}}\nqueue.env[0].value: "{{version}}"'
    const { read, folder } = await prepare(helm, { chart, 'version-values': places })
    expect(await read()).toEqual({ image: { tag: 'v7' }, queue: { env: [{ name: 'A', value: '7' }] } })
    expect(await readdir(folder)).toEqual(['model.json'])
  },
)
