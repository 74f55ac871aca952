import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { at } from '../../checkout.ts'
import { jsonText } from '../../json-text.ts'
import type { ReleaseState } from './aftermath.ts'
import { BAD_DEPLOYS } from './bad-deploys.ts'
import type { RegistryStanding } from './models.ts'
import type { Scenario } from './scenario.ts'
import { TOOLS, type ToolName } from './site.ts'
import { SLOW_DEPLOYS } from './slow-deploys.ts'

/** What became of one bad deployment by one tool. */
export interface BadTrial {
  scenario: string
  /** What was wrong, in a few words. */
  what: string
  tool: ToolName
  says: 'success' | 'failure'
  /** The output failure-reason, or "refused"; empty where a tool has no such thing. */
  reason: string
  /** Why, in the tool's own words; empty after a success. */
  said: string
  /** From the start of the deployment until the version before was known to serve, or the first install to be gone; none: never. */
  seconds?: number | undefined
  /** What the tool keeps: lines of its own that name the cause, and what it saved of logs and Warning events. */
  kept: { lines: number; logs: number; events: number }
  /** What can still be asked for in the cluster afterwards; it forgets events after an hour. */
  left: { logs: number; events: number }
  release: ReleaseState
  /** Version that the pods name, "mixed", or "none" */
  serves: string
  /** Only helm-deploy tells it anything. */
  registry?: RegistryStanding | undefined
}

/** What became of one that comes up by itself. */
export interface SlowTrial {
  scenario: string
  what: string
  tool: ToolName
  /** It was taken back, or is not served, though it would have come up. */
  killed: boolean
  seconds: number
  said: string
}

export interface RolloutResults {
  /** Where they were measured. */
  machine: Record<string, string>
  bad: BadTrial[]
  slow: SlowTrial[]
}

const path = () => at('bench/rollout-failures.json')

export function readResults(): RolloutResults {
  if (!existsSync(path())) return { machine: {}, bad: [], slow: [] }
  return JSON.parse(readFileSync(path(), 'utf8'))
}

/** Puts new trials in the place of older ones of the same scenario and tool, and writes all of them, in the lists' order. */
export function writeResults({ machine, bad, slow }: RolloutResults): RolloutResults {
  const before = readResults()
  const results = {
    machine,
    bad: merged(BAD_DEPLOYS, before.bad, bad),
    slow: merged(SLOW_DEPLOYS, before.slow, slow),
  }
  writeFileSync(path(), jsonText(results))
  return results
}

function merged<T extends { scenario: string; tool: ToolName }>(
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
export function machine(versions: Record<string, string>): Record<string, string> {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const load = loadavg()[2]?.toFixed(1) ?? ''
  return { processors: String(cpus().length), memory, load, node: process.version, ...versions }
}
