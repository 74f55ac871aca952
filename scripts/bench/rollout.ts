import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Rig, up } from '../../rig/index.ts'
import { stopIfInterrupted } from '../../rig/interruption.ts'
import { bundled } from '../../test/bundle/build.ts'
import { runStep } from '../../test/bundle/runner.ts'
import type { Finding, Measurement } from './measurement.ts'
import { seenServing } from './rollout/aftermath.ts'
import { openImageRegistry } from './rollout/image-registry.ts'
import { type Models, modelsAt } from './rollout/models.ts'
import { CHART, openSite, pathOf, RELEASE, type Site } from './rollout/site.ts'
import { valuesOf } from './rollout/tools.ts'
import { median, timed } from './timing.ts'

const PAIRS = 10
const MOST = 1.5

/** What helm-deploy costs where nothing goes wrong, beside `helm upgrade --wait` of the same chart and release. */
export const rollout: Measurement = async ({ folder }) => {
  const rig = await up()
  const models = await modelsAt(rig.mlflow.uri)
  const dist = bundled()
  const findings: Finding[] = []
  for (const helm of ['helm4', 'helm3'] as const)
    findings.push(await against(helm, { rig, models, dist, folder }))
  return findings
}

interface Ground {
  rig: Rig
  models: Models
  dist: string
  folder: string
}

async function against(helm: 'helm3' | 'helm4', { rig, models, dist, folder }: Ground): Promise<Finding> {
  const images = await openImageRegistry(folder)
  const site = await openSite(rig, images, helm)
  try {
    const model = await models.register(2 * PAIRS + 1, 'same')
    const turns = { site, model, folder: mkdtempSync(join(folder, `${helm}-`)), dist, uri: models.uri }
    await bare(turns, '1')
    await models.setChampion(model, '1')
    const pairs: { ours: number; theirs: number }[] = []
    const turn = async (run: typeof bare, version: string) => {
      stopIfInterrupted()
      const seconds = await run(turns, version)
      await models.setChampion(model, version)
      // What is left of the version before goes first, so that nobody waits for the other's pods.
      await seenServing(site, version, 30_000)
      return seconds
    }
    for (let n = 1; n <= PAIRS; n += 1) {
      const ours = await turn(helmDeploy, String(2 * n))
      pairs.push({ ours, theirs: await turn(bare, String(2 * n + 1)) })
    }
    return finding(helm, pairs)
  } finally {
    images.close()
    await site.close()
  }
}

interface Turns {
  site: Site
  model: string
  folder: string
  dist: string
  uri: string
}

async function bare({ site, model, folder }: Turns, version: string): Promise<number> {
  const file = join(folder, 'values.json')
  writeFileSync(file, JSON.stringify(valuesOf(model, version, {})))
  const upgrade = ['upgrade', '--install', RELEASE, CHART, '--values', file, '--wait', '--timeout', '2m']
  const where = ['--kubeconfig', site.rig.kubernetes.kubeconfig, '--namespace', site.namespace]
  return timed({ argv: [site.helmPath, ...upgrade, ...where], env: { HOME: folder } })
}

/** Its main, as the runner starts it; the verdict is asked for. */
async function helmDeploy({ site, model, folder, dist, uri }: Turns, version: string): Promise<number> {
  const inputs = {
    release: RELEASE,
    namespace: site.namespace,
    kubeconfig: readFileSync(site.rig.kubernetes.kubeconfig, 'utf8'),
    chart: CHART,
    'model-name': model,
    'model-version': version,
    'tracking-uri': uri,
    'pod-tracking-uri': 'http://mlflow.invalid',
    timeout: '2m',
  }
  const env = { PATH: pathOf(site), RUNNER_TEMP: folder }
  const { outputs, milliseconds, log } = await runStep(join(dist, 'helm-deploy.js'), { inputs, env })
  if (outputs.outcome !== 'deployed') throw new Error(`helm-deploy did not deploy:\n${log}`)
  return milliseconds / 1000
}

function finding(helm: string, pairs: readonly { ours: number; theirs: number }[]): Finding {
  const more = median(pairs.map(({ ours, theirs }) => ours - theirs))
  const each = (whose: 'ours' | 'theirs') => `${median(pairs.map((pair) => pair[whose])).toFixed(1)} s`
  return {
    what: `helm-deploy over a bare helm upgrade --wait, ${helm === 'helm3' ? 'Helm 3' : 'Helm 4'}`,
    figure: `${more.toFixed(2)} s more (${each('ours')}, bare ${each('theirs')}; median of ${pairs.length} pairs)`,
    bar: `at most ${MOST} s`,
    holds: more <= MOST,
  }
}
