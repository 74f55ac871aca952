import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { up } from '../../rig/index.ts'
import { mapConcurrently } from '../../rig/process/map-concurrently.ts'
import { runTool } from '../../src/adapters/process/run-tool.ts'
import { ensureBundle } from '../../test/bundle/global-setup.ts'
import type { Benchmark, BenchmarkResult } from '../benchmark.ts'
import { openImageRegistry } from './image-registry.ts'
import { connectModels } from './model-registry.ts'
import { describeMachine, type RolloutResults, writeResults } from './results.ts'
import { BAD_DEPLOYS } from './scenarios/bad-deploys.ts'
import { SLOW_DEPLOYS } from './scenarios/slow-deploys.ts'
import { measureBadDeploy, measureSlowDeploy, type TrialContext } from './trial.ts'
import { TOOLS, type ToolName } from './trial-namespace.ts'

/** Concurrent deployments. They mostly wait, but all for the same kubelet. */
const CONCURRENCY = 4

/** Measures all bad and slow deployments with helm-deploy and both Helms. Writes bench/rollout-failures.json. */
export const measureFailures: Benchmark = ({ folder }) => measureAndReport(TOOLS, folder)

/** Measures them with helm-deploy only, and keeps the figures of Helm. */
export const measureOwnFailures: Benchmark = ({ folder }) => measureAndReport(['helm-deploy'], folder)

async function measureAndReport(tools: readonly ToolName[], folder: string): Promise<BenchmarkResult[]> {
  return createFindings(await runTrials(tools, folder))
}

/** @throws AggregateError if trials failed; the results of the others are written anyway */
export async function runTrials(
  tools: readonly ToolName[],
  parent: string,
  dist: string = ensureBundle(),
  atOnce: number = CONCURRENCY,
): Promise<RolloutResults> {
  const rig = await up()
  const folder = mkdtempSync(join(parent, 'failures-'))
  const images = await openImageRegistry(folder)
  try {
    const ground = { rig, images, models: await connectModels(rig.mlflow.uri), dist, folder }
    const helms = await Promise.all([readHelmVersion(rig.tools.helm3), readHelmVersion(rig.tools.helm4)])
    const results: RolloutResults = {
      machine: describeMachine({ helm3: helms[0], helm4: helms[1] }),
      bad: [],
      slow: [],
    }
    const ends = await mapConcurrently(createTrials(ground, tools, results), atOnce, (trial) =>
      Promise.allSettled([trial()]).then(([end]) => end),
    )
    const written = writeResults(results)
    const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
    if (errors.length > 0) throw new AggregateError(errors, `not made: ${errors.map(String).join('\n')}`)
    return written
  } finally {
    images.close()
  }
}

function createTrials(
  ground: TrialContext,
  tools: readonly ToolName[],
  into: RolloutResults,
): (() => Promise<void>)[] {
  const report = async <T extends { seconds?: number | undefined }>(
    name: string,
    work: Promise<T>,
  ): Promise<T> => {
    const done = await work
    console.error(`${name}: ${done.seconds === undefined ? 'never' : `${done.seconds} s`}`)
    return done
  }
  const each = tools.flatMap((tool) => ({ tool, label: (name: string) => `${name} by ${tool}` }))
  return [
    ...BAD_DEPLOYS.flatMap((scenario) =>
      each.map(({ tool, label }) => async () => {
        into.bad.push(await report(label(scenario.name), measureBadDeploy(ground, scenario, tool)))
      }),
    ),
    ...SLOW_DEPLOYS.flatMap((scenario) =>
      each.map(({ tool, label }) => async () => {
        into.slow.push(await report(label(scenario.name), measureSlowDeploy(ground, scenario, tool)))
      }),
    ),
  ]
}

async function readHelmVersion(helm: string): Promise<string> {
  const { stdout } = await runTool(helm, ['version', '--template', '{{.Version}}'], {
    env: {},
    timeoutMs: 30_000,
  })
  return stdout.trim()
}

function createFindings({ bad, slow }: RolloutResults): BenchmarkResult[] {
  const secondsOf = (scenario: string, tool: ToolName) =>
    bad.find((trial) => trial.scenario === scenario && trial.tool === tool)?.seconds ??
    Number.POSITIVE_INFINITY
  const faster = (scenario: string, times: number): BenchmarkResult => {
    const [ours, helm3, helm4] = TOOLS.map((tool) => secondsOf(scenario, tool)) as [number, number, number]
    const ratio = Math.min(helm3, helm4) / ours
    return {
      name: `from a bad deployment to the version before, ${scenario}`,
      figure: `${ours} s, ${ratio.toFixed(1)} times faster than Helm (3: ${helm3} s, 4: ${helm4} s)`,
      target: `at least ${times} times`,
      isMet: ratio >= times,
    }
  }
  const own = bad.filter(({ tool }) => tool === 'helm-deploy')
  const back = own.filter(({ seconds }) => seconds !== undefined)
  const through = slow.filter(({ tool, failed: killed }) => tool === 'helm-deploy' && !killed)
  return [
    faster('crash-loop', 3),
    faster('crash-loop-5m', 10),
    {
      name: 'bad deployments after which the version before serves',
      figure: `${back.length} of ${BAD_DEPLOYS.length}`,
      target: 'all',
      isMet: back.length === BAD_DEPLOYS.length,
    },
    {
      name: 'slow deployments that were not rolled back',
      figure: `${through.length} of ${SLOW_DEPLOYS.length}`,
      target: 'all',
      isMet: through.length === SLOW_DEPLOYS.length,
    },
  ]
}
