import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { contract } from '../../actions/helm-deploy/contract.ts'
import { type Rig, up } from '../../rig/index.ts'
import { repository } from '../../rig/paths.ts'
import { renderChart } from '../../src/adapters/helm/helm.ts'
import { describeChart } from '../../src/adapters/kubernetes/chart/rendered-chart.ts'
import { parseVersionFrom } from '../../src/adapters/kubernetes/rollout/version-from.ts'
import { prepareUpgrade } from '../../src/release/prepare-upgrade.ts'
import { createJob, inputsOf } from './support/action-call.ts'
import type { HelmName } from './support/cluster/namespace.ts'

const names = globSync('*.yaml', { cwd: join(repository, 'examples/charts') }).map((file) =>
  basename(file, '.yaml'),
)
const workloads: Record<string, string> = {
  'vllm-production-stack': 'deployment/fraud-llm-deployment-vllm',
  vllm: 'deployment/fraud-deployment-vllm',
  triton: 'deployment/fraud-triton-inference-server',
  torchserve: 'deployment/torchserve',
  tgi: 'deployment/fraud-tgi',
  ollama: 'deployment/fraud-ollama',
  'stakater-application': 'deployment/fraud',
  'bjw-s-app-template': 'deployment/fraud',
  onechart: 'deployment/fraud',
  'ai-helm': 'deployment/fraud-ai-workloads-fraud',
  'substratus-vllm': 'deployment/fraud-vllm',
}

let rig: Rig
let folder = ''
beforeAll(async () => {
  rig = await up()
  folder = mkdtempSync(join(tmpdir(), 'examples-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Renders the chart that takes its values as the one of the example does, as helm-deploy would. */
async function render(name: string, helm: HelmName, version: string, changes: object = {}) {
  const given = parse(readFileSync(join(repository, 'examples/charts', `${name}.yaml`), 'utf8'))
  const like = join(folder, `${name}-${helm}.json`)
  writeFileSync(like, JSON.stringify({ like: name }))
  const fixed = { 'model-name': 'fraud', 'model-version': version, 'tracking-uri': 'http://mlflow:5000' }
  // The real chart comes from its repository, with its dependencies.
  const local = { chart: join(repository, 'test/system/charts/examples'), 'values-files': like }
  const { 'chart-repository': _source, 'dependency-build': _build, ...lines } = given
  const inputs = inputsOf(contract, { ...lines, ...fixed, ...local, ...changes }, {})
  const job = createJob({ env: { ...process.env, PATH: `${dirname(rig.tools[helm])}:${process.env.PATH}` } })
  const model = { name: 'fraud', version, mlflowUri: 'http://mlflow:5000' }
  const subject = { release: inputs.release, timeout: 60_000, folder: join(folder, `${name}-${helm}`), model }
  const request = await prepareUpgrade(inputs, { ...job, namespace: 'default' }, subject)
  const manifest = await renderChart({ env: job.env, namespace: 'default' }, request)
  const versionFrom = parseVersionFrom(inputs['version-from'])
  return {
    ...describeChart(manifest, inputs.release, { versionFrom, workload: inputs.workload }),
    objects: parseAllDocuments(manifest).flatMap((document) => document.toJSON() ?? []),
  }
}

test('each example has a chart that takes its values', () => {
  expect(names.sort()).toEqual(Object.keys(workloads).sort())
})

describe.each(['helm3', 'helm4'] as const)('with %s', (helm) => {
  test.each(names)('%s names the version, in the pods and nowhere else', async (name) => {
    const [seven, eight] = [await render(name, helm, '7'), await render(name, helm, '8')]
    expect(seven.workload).toBe(workloads[name])
    expect(seven.unusableTexts).toEqual([])
    expect(seven.predictedVersion).toMatchObject({ version: '7' })
    expect(eight.predictedVersion).toMatchObject({ version: '8' })
    const changed = eight.objects.filter(
      (object, at) => JSON.stringify(object) !== JSON.stringify(seven.objects[at]),
    )
    expect(changed.map(({ kind, metadata }) => `${kind}/${metadata.name}`.toLowerCase())).toEqual([
      workloads[name],
    ])
  })
})
