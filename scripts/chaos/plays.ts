import { restart } from '../../rig/index.ts'
import type { Kind } from './base.ts'
import { FAULTS, type Restarts } from './faults.ts'
import { held } from './held.ts'
import { hit, planted } from './plant.ts'
import { PLANTED, type Planted } from './planted.ts'
import { faultsOf, killings, kinds, type Listing, list, nameOf } from './points.ts'
import { pooled } from './pool.ts'
import { duel, rounds } from './rivals.ts'
import { type Point, trial } from './trial.ts'
import type { World } from './world.ts'

/** What became of a play: what does not hold in the end, and what the steps said. */
export interface Played {
  violations: readonly string[]
  trace: readonly string[]
  seconds: number
}

/** Something that is done to a chain, or to two, and then looked at. */
export interface Play {
  name: string
  /** It shakes the whole cluster, so that no other may go on beside it. */
  alone: boolean
  play(world: World): Promise<Played>
}

export const SECTIONS = ['kills', 'faults', 'held', 'two-chains', 'restarts', 'planted'] as const
export type Section = (typeof SECTIONS)[number]

const real: Restarts = {
  'apiserver-restart': () => restart('apiserver-restart'),
  'kubelet-restart': () => restart('kubelet-restart'),
}

export interface Wanted {
  seed: number
  atOnce: number
  sections: readonly Section[]
  /** How often two chains run at once. */
  rounds: number
  /** Only plays whose name has this in it; empty: all. */
  named: string
}

/** Lists every write of every chain, and makes the plays that are wanted out of them. */
export async function plays(world: World, wanted: Wanted): Promise<Play[]> {
  const { seed, atOnce, sections, rounds: count, named } = wanted
  const listings = await pooled(neededFor(sections, seed, named), atOnce, (kind) => list(world, kind))
  const all = sections.flatMap((section) => inSection(section, listings, seed, count))
  return all.filter(({ name }) => name.includes(named))
}

/** The chains of which the writes must be known: those of the sections, and of these the one that is asked for by name. */
function neededFor(sections: readonly Section[], seed: number, named: string): Kind[] {
  const needy = sections.filter((section) => section !== 'two-chains' && section !== 'planted')
  const all = kinds(seed).filter((kind) => needy.some((section) => section !== 'held' || canBeHeld(kind)))
  const own = all.filter((kind) => named.startsWith(nameOf(kind)))
  return own.length > 0 ? own : all
}

function canBeHeld({ story, whole }: Kind): boolean {
  return story === 'good' && !whole
}

function inSection(section: Section, listings: readonly Listing[], seed: number, count: number): Play[] {
  switch (section) {
    case 'kills':
      return killings(listings, seed).map((point) => playOf(point, false))
    case 'faults': {
      const gentle = FAULTS.filter((fault) => !(fault in real))
      return faultsOf(listings, gentle, seed).map((point) => playOf(point, false))
    }
    case 'restarts': {
      const rough = FAULTS.filter((fault) => fault in real)
      return faultsOf(listings, rough, seed).map((point) => playOf(point, true))
    }
    case 'held':
      return listings.filter(({ kind }) => canBeHeld(kind)).flatMap(heldAt)
    case 'two-chains':
      return rounds(count, seed).map((round) => ({
        name: round.name,
        alone: false,
        play: (world) => duel(world, round),
      }))
    case 'planted':
      return PLANTED.map((bug) => ({
        name: `planted: ${bug.name}`,
        alone: false,
        play: (world) => mustBeCaught(world, bug),
      }))
  }
}

/** Plays a planted bug until it is caught. That it is not is what is wrong with it. */
async function mustBeCaught(world: World, bug: Planted): Promise<Played> {
  const started = Date.now()
  const trace: string[] = []
  const caught = await planted(bug, async (dist) => {
    for (const place of bug.hits) {
      const { violations, trace: steps } = await hit({ ...world, dist }, place)
      trace.push(...violations.map((each) => `seen: ${each}`), ...steps)
      if (violations.some((each) => !isBroken(each))) return true
    }
    return false
  })
  const violations = caught ? [] : ['nobody noticed']
  return { violations, trace, seconds: (Date.now() - started) / 1000 }
}

/** Whether the harness rather than the product failed, which catches no bug. */
function isBroken(violation: string): boolean {
  return /^the (point was not reached|trial itself broke)/.test(violation)
}

function playOf(point: Point, alone: boolean): Play {
  return { name: `${point.name} | ${point.how}`, alone, play: (world) => trial(world, point, real) }
}

/** Held up wherever the release, its marks or the alias are touched; before that, nobody holds anything. */
function heldAt({ kind, keys }: Listing): Play[] {
  return keys
    .filter((key) => /^(helm-deploy|promote): .*(secrets|deployments|alias champion)/.test(key))
    .flatMap((key) =>
      (['gives up', 'waits'] as const).map((rival) => ({
        name: `${nameOf(kind)} ${keys.indexOf(key) + 1}: ${key} | held up alive, another one ${rival}`,
        alone: false,
        play: (world: World) => held(world, kind, key, rival),
      })),
    )
}

/** Plays all that bear company side by side, then the others one by one. */
export async function playAll(
  world: World,
  all: readonly Play[],
  atOnce: number,
  tell: (play: Play, played: Played) => void,
): Promise<Played[]> {
  const played = async (play: Play) => {
    const end = await play.play(world).catch((error: unknown): Played => {
      return {
        violations: [`the play itself broke: ${error instanceof Error ? error.message : error}`],
        trace: [],
        seconds: 0,
      }
    })
    tell(play, end)
    return end
  }
  const together = await pooled(
    all.filter(({ alone }) => !alone),
    atOnce,
    played,
  )
  return [
    ...together,
    ...(await pooled(
      all.filter(({ alone }) => alone),
      1,
      played,
    )),
  ]
}
