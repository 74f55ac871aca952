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
  concurrency: number = CONCURRENCY,
): Promise<RolloutResults> {
  const rig = await up()
  const folder = mkdtempSync(join(parent, 'failures-'))
  const images = await openImageRegistry(folder)
  try {
    const context = { rig, images, models: await connectModels(rig.mlflow.uri), dist, folder }
    const helms = await Promise.all([readHelmVersion(rig.tools.helm3), readHelmVersion(rig.tools.helm4)])
    const results: RolloutResults = {
      machine: describeMachine({ helm3: helms[0], helm4: helms[1] }),
      bad: [],
      slow: [],
    }
    const outcomes = await mapConcurrently(createTrials(context, tools, results), concurrency, (trial) =>
      Promise.allSettled([trial()]).then(([outcome]) => outcome),
    )
    const written = writeResults(results)
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    if (errors.length > 0) throw new AggregateError(errors, `failed trials: ${errors.map(String).join('\n')}`)
    return written
  } finally {
    images.close()
  }
}

function createTrials(
  context: TrialContext,
  tools: readonly ToolName[],
  results: RolloutResults,
): (() => Promise<void>)[] {
  const report = async <T extends { seconds?: number | undefined }>(
    name: string,
    work: Promise<T>,
  ): Promise<T> => {
    const result = await work
    console.error(`${name}: ${result.seconds === undefined ? 'never' : `${result.seconds} s`}`)
    return result
  }
  const each = tools.flatMap((tool) => ({ tool, label: (name: string) => `${name} by ${tool}` }))
  return [
    ...BAD_DEPLOYS.flatMap((scenario) =>
      each.map(({ tool, label }) => async () => {
        results.bad.push(await report(label(scenario.name), measureBadDeploy(context, scenario, tool)))
      }),
    ),
    ...SLOW_DEPLOYS.flatMap((scenario) =>
      each.map(({ tool, label }) => async () => {
        results.slow.push(await report(label(scenario.name), measureSlowDeploy(context, scenario, tool)))
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
    const [own, helm3, helm4] = TOOLS.map((tool) => secondsOf(scenario, tool)) as [number, number, number]
    const ratio = Math.min(helm3, helm4) / own
    return {
      name: `from a bad deployment to the version before, ${scenario}`,
      figure: `${own} s, ${ratio.toFixed(1)} times faster than Helm (3: ${helm3} s, 4: ${helm4} s)`,
      target: `at least ${times} times`,
      isMet: ratio >= times,
    }
  }
  const ownTrials = bad.filter(({ tool }) => tool === 'helm-deploy')
  const recovered = ownTrials.filter(({ seconds }) => seconds !== undefined)
  const passed = slow.filter(({ tool, failed: killed }) => tool === 'helm-deploy' && !killed)
  return [
    faster('crash-loop', 3),
    faster('crash-loop-5m', 10),
    {
      name: 'bad deployments after which the version before serves',
      figure: `${recovered.length} of ${BAD_DEPLOYS.length}`,
      target: 'all',
      isMet: recovered.length === BAD_DEPLOYS.length,
    },
    {
      name: 'slow deployments that were not rolled back',
      figure: `${passed.length} of ${SLOW_DEPLOYS.length}`,
      target: 'all',
      isMet: passed.length === SLOW_DEPLOYS.length,
    },
  ]
}
