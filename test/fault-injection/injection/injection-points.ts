import { createHash } from 'node:crypto'
import { createRandom, type Random } from '../../../src/domain/statistics/random.ts'
import type { Harness } from '../harness.ts'
import { type ChainVariant, deleteRelease, prepareCase, runUndisturbed } from '../prepare-case.ts'
import { FAILURE_MODES } from './failure-modes.ts'
import type { Fault } from './faults.ts'
import type { InjectionPoint } from './run-injection.ts'

/** Lists the chains: each kind as separate steps, and two also as the root action. Helm 3 and 4 alternate. */
export function listVariants(seed: number): ChainVariant[] {
  const chains = [
    { kind: 'healthy', singleStep: false },
    { kind: 'crashing', singleStep: false },
    { kind: 'alert', singleStep: false },
    { kind: 'healthy', singleStep: true },
    { kind: 'crashing', singleStep: true },
    { kind: 'stuck', singleStep: false },
  ] as const
  return chains.map((chain, index) => ({ ...chain, helm: (index + seed) % 2 === 0 ? 'helm4' : 'helm3' }))
}

export function formatVariant({ kind, singleStep, helm }: ChainVariant): string {
  return `${kind}${singleStep ? ', one step' : ''} (${helm})`
}

/** A chain and all its writes in a run without faults: the possible injection points. */
export interface WriteListing {
  variant: ChainVariant
  keys: readonly string[]
}

export async function listWrites(harness: Harness, variant: ChainVariant): Promise<WriteListing> {
  const one = await prepareCase(harness, variant)
  try {
    const keys = await runUndisturbed(harness, one)
    // The rest of the chain is that of a healthy candidate.
    return {
      variant,
      keys: variant.kind === 'stuck' ? keys.filter((key) => key.includes(' DELETE secrets/')) : keys,
    }
  } finally {
    await deleteRelease(harness, one)
  }
}

/** Creates the random numbers of one injection point. They do not depend on other points, so a filter can repeat one. */
function createSeededRandom(...seed: (string | number)[]): Random {
  return createRandom(createHash('sha256').update(JSON.stringify(seed)).digest('hex'))
}

function pick<T>(chance: Random, all: readonly [T, ...T[]]): T {
  return all[chance.below(all.length)] ?? all[0]
}

/**
 * Creates one kill for each write, with alternating failure modes. The seed decides which mode comes first, whether the
 * server executes the write, whether the post steps run, and whether reconcile runs before the re-run.
 */
export function createKillPoints(listings: readonly WriteListing[], seed: number): InjectionPoint[] {
  const writes = listings.flatMap(({ variant, keys }) => keys.map((key, index) => ({ variant, key, index })))
  return writes.map(({ variant, key, index }, number): InjectionPoint => {
    const name = formatPoint(variant, index, key)
    const failureMode = FAILURE_MODES[(number + seed) % FAILURE_MODES.length] ?? 'machine-loss'
    const chance = createSeededRandom(seed, key, failureMode)
    const timing = pick(chance, ['before', 'after'] as const)
    const runsPostSteps = failureMode !== 'machine-loss' && chance.below(3) > 0
    const reconcileBeforeRerun = !runsPostSteps && chance.below(3) === 0
    const description = `${failureMode} ${timing}${failureMode !== 'machine-loss' && !runsPostSteps ? ', no post step' : ''}${reconcileBeforeRerun ? ', reconcile' : ''}`
    return {
      name,
      description,
      variant,
      injection: {
        key,
        failureMode,
        timing,
        runsPostSteps,
        reconcileBeforeRerun,
      },
    }
  })
}

/** Creates each fault once for each chain. The seed selects the write at which it starts. */
export function createFaultPoints(
  listings: readonly WriteListing[],
  faults: readonly Fault[],
  seed: number,
): InjectionPoint[] {
  return listings.flatMap(({ variant, keys }) =>
    faults.map((fault): InjectionPoint => {
      const index = createSeededRandom(seed, formatVariant(variant), fault).below(keys.length)
      const key = keys[index] ?? ''
      return {
        name: formatPoint(variant, index, key),
        description: fault,
        variant,
        injection: { key, fault },
      }
    }),
  )
}

function formatPoint(variant: ChainVariant, index: number, key: string): string {
  return `${formatVariant(variant)} ${index + 1}: ${key}`
}
