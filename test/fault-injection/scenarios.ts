import { restart } from '../../rig/index.ts'
import { mapConcurrently } from '../../rig/process/map-concurrently.ts'
import type { ScenarioResult } from './cases.ts'
import { createRounds, runConcurrently } from './concurrency/concurrent-runs.ts'
import { runWithPausedChain } from './concurrency/paused-chain.ts'
import type { Harness } from './harness.ts'
import { FAULTS, type Fault, type RestartCommands } from './injection/faults.ts'
import {
  createFaultPoints,
  createKillPoints,
  formatVariant,
  listVariants,
  listWrites,
  type WriteListing,
} from './injection/injection-points.ts'
import { type InjectionPoint, runInjection } from './injection/run-injection.ts'
import { MUTANTS, type Mutant } from './mutants/mutants.ts'
import { runMutantCheck, withMutant } from './mutants/run-mutant.ts'
import type { ChainVariant } from './prepare-case.ts'

/** A fault in one or two chains, and the check of the invariant afterwards. */
export interface Scenario {
  name: string
  /** The scenario disturbs the whole cluster, so no other one may run at the same time. */
  runsExclusively?: boolean
  run(harness: Harness): Promise<ScenarioResult>
}

/** The parameters of all scenarios of a run. */
interface Plan {
  /** Chains with their writes: the possible injection points. */
  listings: readonly WriteListing[]
  seed: number
  rounds: number
}

interface Group {
  /** The chains whose writes the group needs. */
  needs(variant: ChainVariant): boolean
  create(plan: Plan): Scenario[]
}

const restartCommands: RestartCommands = {
  'apiserver-restart': () => restart('apiserver-restart'),
  'kubelet-restart': () => restart('kubelet-restart'),
}
const isRestart = (fault: Fault) => fault in restartCommands

/** All scenarios, by group. */
const GROUPS = {
  kills: {
    needs: () => true,
    create: ({ listings, seed }) => createKillPoints(listings, seed).map(injectionScenario),
  },
  faults: {
    needs: () => true,
    create: ({ listings, seed }) =>
      createFaultPoints(
        listings,
        FAULTS.filter((fault) => !isRestart(fault)),
        seed,
      ).map(injectionScenario),
  },
  'paused-chain': {
    needs: canBePaused,
    create: ({ listings }) =>
      listings.filter(({ variant }) => canBePaused(variant)).flatMap(createPauseScenarios),
  },
  'concurrent-runs': {
    needs: () => false,
    create: ({ rounds, seed }) =>
      createRounds(rounds, seed).map((round) => ({
        name: round.name,
        run: (harness) => runConcurrently(harness, round),
      })),
  },
  restarts: {
    needs: () => true,
    create: ({ listings, seed }) =>
      createFaultPoints(listings, FAULTS.filter(isRestart), seed).map((point) => ({
        ...injectionScenario(point),
        runsExclusively: true,
      })),
  },
  mutants: {
    needs: () => false,
    create: () =>
      MUTANTS.map((mutant) => ({
        name: `mutants: ${mutant.patch}`,
        run: (harness) => expectMutantCaught(harness, mutant),
      })),
  },
} as const satisfies Record<string, Group>

export type ScenarioGroup = keyof typeof GROUPS
export const SCENARIO_GROUPS = Object.keys(GROUPS) as ScenarioGroup[]

export interface ScenarioOptions {
  seed: number
  concurrency: number
  groups: readonly ScenarioGroup[]
  /** How many rounds of two concurrent chains. */
  rounds: number
  /** Only scenarios whose name contains this; empty: all. */
  nameFilter: string
}

/** Lists every write of every chain, and creates the requested scenarios from them. */
export async function createScenarios(harness: Harness, options: ScenarioOptions): Promise<Scenario[]> {
  const { seed, rounds, concurrency, nameFilter } = options
  const groups = options.groups.map((name) => GROUPS[name])
  const listings = await mapConcurrently(selectVariants(groups, seed, nameFilter), concurrency, (variant) =>
    listWrites(harness, variant),
  )
  const all = groups.flatMap((group) => group.create({ listings, seed, rounds }))
  return all.filter(({ name }) => name.includes(nameFilter))
}

/** Selects the chains whose writes the groups need. If the name filter starts with the name of a chain, only that one. */
function selectVariants(groups: readonly Group[], seed: number, nameFilter: string): ChainVariant[] {
  const needed = listVariants(seed).filter((variant) => groups.some((group) => group.needs(variant)))
  const named = needed.filter((variant) => nameFilter.startsWith(formatVariant(variant)))
  return named.length > 0 ? named : needed
}

function canBePaused({ kind, singleStep }: ChainVariant): boolean {
  return kind === 'healthy' && !singleStep
}

function injectionScenario(point: InjectionPoint): Scenario {
  return {
    name: `${point.name} | ${point.description}`,
    run: (harness) => runInjection(harness, point, restartCommands),
  }
}

/** Runs the checks of a mutant until one detects it. A mutant that survives is a violation. */
async function expectMutantCaught(harness: Harness, mutant: Mutant): Promise<ScenarioResult> {
  const started = Date.now()
  const trace: string[] = []
  const caught = await withMutant(mutant, async (dist) => {
    for (const check of mutant.checks) {
      const { violations, trace: steps } = await runMutantCheck({ ...harness, dist }, check)
      trace.push(...violations.map((each) => `caught by: ${each}`), ...steps)
      if (violations.some((each) => !isHarnessFailure(each))) return true
    }
    return false
  })
  const violations = caught ? [] : ['mutant survived']
  return { violations, trace, seconds: (Date.now() - started) / 1000 }
}

/** Whether the harness failed, not the product. Such a failure does not detect a mutant. */
function isHarnessFailure(violation: string): boolean {
  return /^(injection point was not reached|harness error:)/.test(violation)
}

/** Creates a scenario for each write to the release, its verified revisions or the alias. Only at these, a chain holds the lease. */
function createPauseScenarios({ variant: kind, keys }: WriteListing): Scenario[] {
  return keys
    .filter((key) => /^(helm-deploy|promote): .*(secrets|deployments|alias champion)/.test(key))
    .flatMap((key) =>
      (['times-out', 'waits'] as const).map((competitor) => ({
        name: `${formatVariant(kind)} ${keys.indexOf(key) + 1}: ${key} | paused, a second one ${competitor === 'waits' ? 'waits' : 'times out'}`,
        run: (harness: Harness) => runWithPausedChain(harness, kind, key, competitor),
      })),
    )
}

/** Runs the shared scenarios concurrently, then the exclusive ones one by one. */
export async function runScenarios(
  harness: Harness,
  scenarios: readonly Scenario[],
  concurrency: number,
  onResult: (scenario: Scenario, result: ScenarioResult) => void,
): Promise<ScenarioResult[]> {
  const run = async (scenario: Scenario) => {
    const result = await scenario.run(harness).catch(
      (error: unknown): ScenarioResult => ({
        violations: [`harness error: ${error instanceof Error ? error.message : error}`],
        trace: [],
        seconds: 0,
      }),
    )
    onResult(scenario, result)
    return result
  }
  const shared = scenarios.filter(({ runsExclusively }) => !runsExclusively)
  const exclusive = scenarios.filter(({ runsExclusively }) => runsExclusively)
  return [...(await mapConcurrently(shared, concurrency, run)), ...(await mapConcurrently(exclusive, 1, run))]
}
