import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Rig, up } from '../../rig/index.ts'
import { throwIfInterrupted } from '../../rig/process/interruption.ts'
import { ensureBundle } from '../../test/bundle/global-setup.ts'
import { runStep } from '../../test/bundle/runner.ts'
import type { Benchmark, BenchmarkResult } from '../benchmark.ts'
import { median, timeCommand } from '../timing.ts'
import { createValues } from './deploy.ts'
import { openImageRegistry } from './image-registry.ts'
import { connectModels, type ModelRegistry } from './model-registry.ts'
import { waitUntilServing } from './observe.ts'
import { buildPath, CHART, openTrialNamespace, RELEASE, type TrialNamespace } from './trial-namespace.ts'

const PAIRS = 10
const MAX_OVERHEAD_SECONDS = 2.5

/** Measures a successful helm-deploy against `helm upgrade --wait` of the same chart and release. */
export const measureRolloutOverhead: Benchmark = async ({ folder }) => {
  const rig = await up()
  const models = await connectModels(rig.mlflow.uri)
  const dist = ensureBundle()
  const findings: BenchmarkResult[] = []
  for (const helm of ['helm4', 'helm3'] as const)
    findings.push(await compareWith(helm, { rig, models, dist, folder }))
  return findings
}

interface OverheadContext {
  rig: Rig
  models: ModelRegistry
  dist: string
  folder: string
}

async function compareWith(
  helm: 'helm3' | 'helm4',
  { rig, models, dist, folder }: OverheadContext,
): Promise<BenchmarkResult> {
  const images = await openImageRegistry(folder)
  const cluster = await openTrialNamespace(rig, images, helm)
  try {
    const model = await models.register(2 * PAIRS + 1, 'same')
    const context = { cluster, model, folder: mkdtempSync(join(folder, `${helm}-`)), dist, uri: models.uri }
    await deployWithHelm(context, '1')
    await models.setChampion(model, '1')
    const pairs: { helmDeploy: number; helm: number }[] = []
    const measure = async (run: typeof deployWithHelm, version: string) => {
      throwIfInterrupted()
      const seconds = await run(context, version)
      await models.setChampion(model, version)
      // Deletes the pods of the previous version first, so that no tool waits for pods of the other one.
      await waitUntilServing(cluster, version, 30_000)
      return seconds
    }
    for (let n = 1; n <= PAIRS; n += 1) {
      const helmDeploy = await measure(deployWithAction, String(2 * n))
      pairs.push({ helmDeploy, helm: await measure(deployWithHelm, String(2 * n + 1)) })
    }
    return createFinding(helm, pairs)
  } finally {
    images.close()
    await cluster.close()
  }
}

interface DeployContext {
  cluster: TrialNamespace
  model: string
  folder: string
  dist: string
  uri: string
}

async function deployWithHelm({ cluster, model, folder }: DeployContext, version: string): Promise<number> {
  const file = join(folder, 'values.json')
  writeFileSync(file, JSON.stringify(createValues(model, version, {})))
  const upgrade = ['upgrade', '--install', RELEASE, CHART, '--values', file, '--wait', '--timeout', '2m']
  const connectionFlags = [
    '--kubeconfig',
    cluster.rig.kubernetes.kubeconfig,
    '--namespace',
    cluster.namespace,
  ]
  return timeCommand({ argv: [cluster.helmPath, ...upgrade, ...connectionFlags], env: { HOME: folder } })
}

/** Runs main of helm-deploy like the runner, with a required verdict. */
async function deployWithAction(
  { cluster, model, folder, dist, uri }: DeployContext,
  version: string,
): Promise<number> {
  const inputs = {
    release: RELEASE,
    namespace: cluster.namespace,
    kubeconfig: readFileSync(cluster.rig.kubernetes.kubeconfig, 'utf8'),
    chart: CHART,
    'model-name': model,
    'model-version': version,
    'tracking-uri': uri,
    'pod-tracking-uri': 'http://mlflow.invalid',
    timeout: '2m',
  }
  const env = { PATH: buildPath(cluster), RUNNER_TEMP: folder }
  const {
    outputs,
    durationMs: milliseconds,
    log,
  } = await runStep(join(dist, 'helm-deploy.js'), { inputs, env })
  if (outputs.outcome !== 'deployed') throw new Error(`helm-deploy did not deploy:\n${log}`)
  return milliseconds / 1000
}

function createFinding(
  helm: string,
  pairs: readonly { helmDeploy: number; helm: number }[],
): BenchmarkResult {
  const overhead = median(pairs.map(({ helmDeploy, helm: plainHelm }) => helmDeploy - plainHelm))
  const formatMedian = (tool: 'helmDeploy' | 'helm') =>
    `${median(pairs.map((pair) => pair[tool])).toFixed(1)} s`
  return {
    name: `helm-deploy over a bare helm upgrade --wait, ${helm === 'helm3' ? 'Helm 3' : 'Helm 4'}`,
    figure: `${overhead.toFixed(2)} s more (${formatMedian('helmDeploy')}, bare ${formatMedian('helm')}; median of ${pairs.length} pairs)`,
    target: `at most ${MAX_OVERHEAD_SECONDS} s`,
    isMet: overhead <= MAX_OVERHEAD_SECONDS,
  }
}
