import { createHash } from 'node:crypto'
import { type Random, random } from '../../src/domain/gate/random.ts'
import { forget, type Kind, prepare, undisturbed } from './base.ts'
import { DEATHS } from './deaths.ts'
import type { Fault } from './faults.ts'
import type { Point } from './trial.ts'
import type { World } from './world.ts'

/** The chains: each story as steps of their own, and those that the root action has as one step. Both Helms in turn. */
export function kinds(seed: number): Kind[] {
  const stories = [
    { story: 'good', whole: false },
    { story: 'bad', whole: false },
    { story: 'alert', whole: false },
    { story: 'good', whole: true },
    { story: 'bad', whole: true },
  ] as const
  return stories.map((each, at) => ({ ...each, helm: (at + seed) % 2 === 0 ? 'helm4' : 'helm3' }))
}

export function nameOf({ story, whole, helm }: Kind): string {
  return `${story}${whole ? ', one step' : ''} (${helm})`
}

/** A chain with every write that it makes, from one undisturbed run: the places at which it can be hit. */
export interface Listing {
  kind: Kind
  keys: readonly string[]
}

export async function list(world: World, kind: Kind): Promise<Listing> {
  const one = await prepare(world, kind)
  try {
    return { kind, keys: await undisturbed(world, one) }
  } finally {
    await forget(world, one)
  }
}

/** The chance of one place, whatever is done at others: so that a single point can be played again. */
function chanceOf(...seed: (string | number)[]): Random {
  return random(createHash('sha256').update(JSON.stringify(seed)).digest('hex'))
}

function oneOf<T>(chance: Random, all: readonly [T, ...T[]]): T {
  return all[chance.below(all.length)] ?? all[0]
}

/**
 * Every write once, the deaths in turn. With which of them it begins, whether the server had done it, whether the post
 * steps run, and whether reconcile comes before the next run is the seed's: another seed meets every write otherwise.
 */
export function killings(listings: readonly Listing[], seed: number): Point[] {
  const writes = listings.flatMap(({ kind, keys }) => keys.map((key, at) => ({ kind, key, at })))
  return writes.map(({ kind, key, at }, number): Point => {
    const name = pointName(kind, at, key)
    const death = DEATHS[(number + seed) % DEATHS.length] ?? 'machine'
    const chance = chanceOf(seed, key, death)
    const when = oneOf(chance, ['before', 'after'] as const)
    const posts = death !== 'machine' && chance.below(3) > 0
    const reconciled = !posts && chance.below(3) === 0
    const how = `${death} ${when}${death !== 'machine' && !posts ? ', no post step' : ''}${reconciled ? ', reconcile' : ''}`
    return { name, how, kind, blow: { key, death, when, posts, reconciled } }
  })
}

/** Every fault in every chain once, from a write on that the seed chooses. */
export function faultsOf(listings: readonly Listing[], faults: readonly Fault[], seed: number): Point[] {
  return listings.flatMap(({ kind, keys }) =>
    faults.map((fault): Point => {
      const at = chanceOf(seed, nameOf(kind), fault).below(keys.length)
      const key = keys[at] ?? ''
      return { name: pointName(kind, at, key), how: fault, kind, blow: { key, fault } }
    }),
  )
}

function pointName(kind: Kind, at: number, key: string): string {
  return `${nameOf(kind)} ${at + 1}: ${key}`
}
