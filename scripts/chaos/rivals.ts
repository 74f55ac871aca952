import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { random } from '../../src/domain/gate/random.ts'
import { forget, prepare } from './base.ts'
import { badVersions, disagreements, type State, settled, untruths } from './invariant.ts'
import { isGreen, type Ran, runJob, story } from './job.ts'
import { nameOf } from './points.ts'
import { type Case, stepsOf } from './stories.ts'
import { type Disturbance, openTap, type Tap } from './tap.ts'
import type { HelmName, World } from './world.ts'

/** Two chains of one model that run at once. */
export interface Round {
  name: string
  helm: HelmName
  /** Both as the root action, or both as steps. */
  whole: boolean
  /** Whether the second candidate, the better one by its metric, crashes. */
  bad: boolean
  /** Milliseconds by which the better candidate comes later; negative where it comes first. */
  later: number
}

export interface Duel {
  violations: string[]
  trace: string[]
  seconds: number
}

/** How often a user runs a chain again that was refused because another one was at work. */
const PATIENCE = 5

/** So many rounds; in every other one a candidate is bad. When the chains begin is the seed's. */
export function rounds(count: number, seed: number): Round[] {
  return Array.from({ length: count }, (_, at) => {
    const chance = random(createHash('sha256').update(`two chains ${seed} ${at}`).digest('hex'))
    const round = {
      helm: chance.below(2) === 0 ? 'helm4' : 'helm3',
      whole: chance.below(2) === 0,
      bad: at % 2 === 1,
      later: chance.below(12_000) - 6000,
    } as const
    const when = `${(Math.abs(round.later) / 1000).toFixed(1)} s ${round.later < 0 ? 'before' : 'after'}`
    const second = `${round.bad ? 'a crashing' : 'a better'} one ${when} another`
    const form = nameOf({ story: 'good', whole: round.whole, helm: round.helm })
    return { ...round, name: `two chains ${at + 1}: ${form}, ${second}` }
  })
}

/** Runs both chains until each has come to an end of its own, and looks at what they made together. */
export async function duel(world: World, { helm, whole, bad, later }: Round): Promise<Duel> {
  const started = Date.now()
  const base = await prepare(world, { story: 'good', whole, helm })
  try {
    const [weaker, better] = [
      await candidate(world, base, 0.8, 'good'),
      await candidate(world, base, 0.9, bad ? 'bad' : 'good'),
    ]
    const ran = await Promise.all([persist(world, weaker), sleep(later).then(() => persist(world, better))])
    const trace = ran.flatMap((each, at) =>
      each.flatMap((one) => story(one).map((line) => `${at === 0 ? 'weaker' : 'better'} ${line}`)),
    )
    const violations = await wrongAfterDuel(world, weaker, better)
    return { violations, trace, seconds: (Date.now() - started) / 1000 }
  } finally {
    await forget(world, base).catch(() => {})
  }
}

async function candidate(world: World, base: Case, auc: number, kind: 'good' | 'bad'): Promise<Case> {
  const { runId } = await world.trainer.train({ metrics: { auc } })
  return { ...base, story: kind, runId }
}

/** Runs a chain, and again while it is red for another reason than its own model, as a user would. */
export async function persist(world: World, one: Case, disturbance?: Disturbance): Promise<Ran[][]> {
  const all: Ran[][] = []
  while (all.length < PATIENCE) {
    const tap = await openTap(world.rig, one, all.length === 0 ? disturbance : undefined)
    const ran = await once(world, one, tap).finally(() => tap.close())
    all.push(ran)
    if (
      isGreen(ran) ||
      ran.some(({ result }) => /^(rolled-back|uninstalled)$/.test(result.outputs.outcome ?? ''))
    )
      break
    await sleep(2000)
  }
  return all
}

const once = (world: World, one: Case, tap: Tap): Promise<Ran[]> =>
  runJob(world, { helm: one.helm, steps: stepsOf(world, one, tap), tap, job: world.nextJob() })

/** What must hold when two chains have ended: all agrees, on the best good candidate; who crashed is in quarantine. */
export async function wrongAfterDuel(world: World, weaker: Case, better: Case): Promise<string[]> {
  const numberOf = (state: State, { runId }: Case) =>
    state.versions.find((each) => each.runId === runId)?.number
  return settled(world, weaker, (state) => {
    const [crashing] = badVersions(state, better)
    const best = numberOf(state, better.story === 'bad' ? weaker : better)
    const quarantined = state.versions.filter((each) => each.quarantined).map(({ number }) => number)
    return [
      ...disagreements(state),
      ...untruths(state, crashing === undefined ? [] : [crashing]),
      state.champion !== best &&
        `champion is ${state.champion} instead of ${best}, the best one that comes up`,
      better.story === 'bad' &&
        !quarantined.includes(crashing ?? '') &&
        `quarantine lost: version ${crashing} has none`,
      ...quarantined.map(
        (number) => number !== crashing && `version ${number} is in quarantine, and is good`,
      ),
    ].filter((each) => typeof each === 'string')
  })
}
