import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { up } from '../../rig/index.ts'
import { stopIfInterrupted } from '../../rig/interruption.ts'
import { runTool } from '../../src/adapters/process/run-tool.ts'
import { bundled } from '../../test/bundle/build.ts'
import type { Finding, Measurement } from './measurement.ts'
import { BAD_DEPLOYS } from './rollout/bad-deploys.ts'
import { openImageRegistry } from './rollout/image-registry.ts'
import { modelsAt } from './rollout/models.ts'
import { pooled } from './rollout/pool.ts'
import { machine, type RolloutResults, writeResults } from './rollout/results.ts'
import { TOOLS, type ToolName } from './rollout/site.ts'
import { SLOW_DEPLOYS } from './rollout/slow-deploys.ts'
import { type Ground, tryBad, trySlow } from './rollout/trial.ts'

/** Deployments under way at a time: they mostly wait, but all for one kubelet. */
const AT_ONCE = 4

/** Every bad deployment, and every slow one, by helm-deploy and both Helms. Writes bench/rollout-failures.json. */
export const failures: Measurement = ({ folder }) => measured(TOOLS, folder)

/** The same by helm-deploy only; Helm's figures stay as they were measured. */
export const ownFailures: Measurement = ({ folder }) => measured(['ours'], folder)

async function measured(tools: readonly ToolName[], folder: string): Promise<Finding[]> {
  return findingsOf(await measure(tools, folder))
}

/** @throws AggregateError where a trial could not be made; the others are written all the same */
export async function measure(
  tools: readonly ToolName[],
  parent: string,
  dist: string = bundled(),
  atOnce: number = AT_ONCE,
): Promise<RolloutResults> {
  const rig = await up()
  const folder = mkdtempSync(join(parent, 'failures-'))
  const images = await openImageRegistry(folder)
  try {
    const ground = { rig, images, models: await modelsAt(rig.mlflow.uri), dist, folder }
    const helms = await Promise.all([versionOf(rig.tools.helm3), versionOf(rig.tools.helm4)])
    const results: RolloutResults = {
      machine: machine({ helm3: helms[0], helm4: helms[1] }),
      bad: [],
      slow: [],
    }
    const ends = await pooled(atOnce, trials(ground, tools, results))
    const written = writeResults(results)
    const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
    if (errors.length > 0) throw new AggregateError(errors, `not made: ${errors.map(String).join('\n')}`)
    return written
  } finally {
    images.close()
  }
}

function trials(ground: Ground, tools: readonly ToolName[], into: RolloutResults): (() => Promise<void>)[] {
  const told = async <T extends { seconds?: number | undefined }>(
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
        stopIfInterrupted()
        into.bad.push(await told(label(scenario.name), tryBad(ground, scenario, tool)))
      }),
    ),
    ...SLOW_DEPLOYS.flatMap((scenario) =>
      each.map(({ tool, label }) => async () => {
        stopIfInterrupted()
        into.slow.push(await told(label(scenario.name), trySlow(ground, scenario, tool)))
      }),
    ),
  ]
}

async function versionOf(helm: string): Promise<string> {
  const { stdout } = await runTool(helm, ['version', '--template', '{{.Version}}'], {
    env: {},
    timeout: 30_000,
  })
  return stdout.trim()
}

function findingsOf({ bad, slow }: RolloutResults): Finding[] {
  const secondsOf = (scenario: string, tool: ToolName) =>
    bad.find((trial) => trial.scenario === scenario && trial.tool === tool)?.seconds ??
    Number.POSITIVE_INFINITY
  const faster = (scenario: string, times: number): Finding => {
    const [ours, helm3, helm4] = TOOLS.map((tool) => secondsOf(scenario, tool)) as [number, number, number]
    const ratio = Math.min(helm3, helm4) / ours
    return {
      what: `from a bad deployment to the version before, ${scenario}`,
      figure: `${ours} s, ${ratio.toFixed(1)} times faster than Helm (3: ${helm3} s, 4: ${helm4} s)`,
      bar: `at least ${times} times`,
      holds: ratio >= times,
    }
  }
  const own = bad.filter(({ tool }) => tool === 'ours')
  const back = own.filter(({ seconds }) => seconds !== undefined)
  const through = slow.filter(({ tool, killed }) => tool === 'ours' && !killed)
  return [
    faster('crash-loop', 3),
    faster('crash-loop-5m', 10),
    {
      what: 'bad deployments after which the version before serves',
      figure: `${back.length} of ${BAD_DEPLOYS.length}`,
      bar: 'all',
      holds: back.length === BAD_DEPLOYS.length,
    },
    {
      what: 'slow deployments that were let come up',
      figure: `${through.length} of ${SLOW_DEPLOYS.length}`,
      bar: 'all',
      holds: through.length === SLOW_DEPLOYS.length,
    },
  ]
}
