import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { checkoutPath } from '../../scripts/checkout.ts'
import { formatJson } from '../../scripts/generate/json-text.ts'
import type { RegistryStatus } from './model-registry.ts'
import type { ReleaseState } from './observe.ts'
import { BAD_DEPLOYS } from './scenarios/bad-deploys.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { SLOW_DEPLOYS } from './scenarios/slow-deploys.ts'
import { TOOLS, type ToolName } from './trial-namespace.ts'

/** The result of a bad deployment by one tool. */
export interface BadDeployResult {
  scenario: string
  /** A short description of the defect. */
  description: string
  tool: ToolName
  status: 'success' | 'failure'
  /** The output failure-reason, or "refused"; empty for tools without such an output. */
  reason: string
  /** The error message of the tool; empty after a success. */
  message: string
  /** From the start of the deployment until the previous version served again, or the first install was removed. Undefined: never. */
  seconds?: number | undefined
  /** Output lines of the tool that name the cause, and the log lines and Warning events that it saved. */
  savedEvidence: { lines: number; logs: number; events: number }
  /** Log lines and events that the cluster still has afterwards. It deletes events after an hour. */
  remainingEvidence: { logs: number; events: number }
  release: ReleaseState
  /** The version that the pods report, "mixed", or "none". */
  servedVersion: string
  /** Only helm-deploy writes to it. */
  registry?: RegistryStatus | undefined
}

/** The result of a slow deployment that recovers without help. */
export interface SlowDeployResult {
  scenario: string
  description: string
  tool: ToolName
  /** Whether it was rolled back or does not serve, although it would have become ready. */
  failed: boolean
  seconds: number
  message: string
}

export interface RolloutResults {
  /** The machine of the measurement. */
  machine: Record<string, string>
  bad: BadDeployResult[]
  slow: SlowDeployResult[]
}

const resultsPath = () => checkoutPath('bench/rollout-failures.json')

export function readResults(): RolloutResults {
  if (!existsSync(resultsPath())) return { machine: {}, bad: [], slow: [] }
  return JSON.parse(readFileSync(resultsPath(), 'utf8'))
}

/** Replaces older trials of the same scenario and tool, and writes all trials in the order of the scenarios. */
export function writeResults({ machine, bad, slow }: RolloutResults): RolloutResults {
  const before = readResults()
  const results = {
    machine,
    bad: mergeResults(BAD_DEPLOYS, before.bad, bad),
    slow: mergeResults(SLOW_DEPLOYS, before.slow, slow),
  }
  writeFileSync(resultsPath(), formatJson(results))
  return results
}

function mergeResults<T extends { scenario: string; tool: ToolName }>(
  scenarios: readonly Scenario[],
  before: readonly T[],
  added: readonly T[],
): T[] {
  return scenarios.flatMap(({ name }) =>
    TOOLS.flatMap((tool) => {
      const same = (trial: T) => trial.scenario === name && trial.tool === tool
      return added.find(same) ?? before.find(same) ?? []
    }),
  )
}

/** Describes this machine, with its average load of the last 15 minutes. */
export function describeMachine(versions: Record<string, string>): Record<string, string> {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const load = loadavg()[2]?.toFixed(1) ?? ''
  return { processors: String(cpus().length), memory, load, node: process.version, ...versions }
}
