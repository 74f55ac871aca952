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

/** What became of one bad deployment by one tool. */
export interface BadDeployResult {
  scenario: string
  /** What was wrong, in a few words. */
  description: string
  tool: ToolName
  status: 'success' | 'failure'
  /** The output failure-reason, or "refused"; empty where a tool has no such thing. */
  reason: string
  /** Why, in the tool's own words; empty after a success. */
  message: string
  /** From the start of the deployment until the version before was known to serve, or the first install to be gone; none: never. */
  seconds?: number | undefined
  /** What the tool keeps: lines of its own that name the cause, and what it saved of logs and Warning events. */
  savedEvidence: { lines: number; logs: number; events: number }
  /** What can still be asked for in the cluster afterwards; it forgets events after an hour. */
  remainingEvidence: { logs: number; events: number }
  release: ReleaseState
  /** Version that the pods name, "mixed", or "none" */
  servedVersion: string
  /** Only helm-deploy writes to it. */
  registry?: RegistryStatus | undefined
}

/** The result of a slow deployment that recovers without help. */
export interface SlowDeployResult {
  scenario: string
  description: string
  tool: ToolName
  /** It was rolled back or does not serve, although it would have become ready. */
  failed: boolean
  seconds: number
  message: string
}

export interface RolloutResults {
  /** Where they were measured. */
  machine: Record<string, string>
  bad: BadDeployResult[]
  slow: SlowDeployResult[]
}

const resultsPath = () => checkoutPath('bench/rollout-failures.json')

export function readResults(): RolloutResults {
  if (!existsSync(resultsPath())) return { machine: {}, bad: [], slow: [] }
  return JSON.parse(readFileSync(resultsPath(), 'utf8'))
}

/** Puts new trials in the place of older ones of the same scenario and tool, and writes all of them, in the lists' order. */
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

/** This machine, as far as figures depend on it; its load of the last quarter of an hour. */
export function describeMachine(versions: Record<string, string>): Record<string, string> {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const load = loadavg()[2]?.toFixed(1) ?? ''
  return { processors: String(cpus().length), memory, load, node: process.version, ...versions }
}
