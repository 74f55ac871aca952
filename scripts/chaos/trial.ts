import { forget, type Kind, prepare } from './base.ts'
import { type Killing, killing } from './deaths.ts'
import { type Fault, faulty, type Restarts } from './faults.ts'
import { badVersions, looseEnds, settled, stateOf, untruths, wrongWith } from './invariant.ts'
import { isGreen, runJob, story } from './job.ts'
import { type Case, reconciling, type Step, stepsOf } from './stories.ts'
import { openTap, type Tap } from './tap.ts'
import type { World } from './world.ts'

/** A chain, what is done to it, and where. */
export interface Point {
  /** Its chain, its number there, and the write. */
  name: string
  /** What is done there, in words. */
  how: string
  kind: Kind
  blow: Killing | { key: string; fault: Fault }
}

export interface Verdict {
  point: Point
  /** What does not hold in the end; empty where all is well. */
  violations: string[]
  /** What the steps said, first those that were disturbed, then those of the run after it. */
  trace: string[]
  seconds: number
}

/** Prepares a case, disturbs its chain at the point, runs it again undisturbed, and looks at what has become of it. */
export async function trial(world: World, point: Point, restarts?: Restarts): Promise<Verdict> {
  const started = Date.now()
  const trace: string[] = []
  const done = (violations: string[]): Verdict => ({
    point,
    violations,
    trace,
    seconds: (Date.now() - started) / 1000,
  })
  let one: Case | undefined
  let tap: Tap | undefined
  try {
    one = await prepare(world, point.kind)
    // Open until all is over: where only node was killed, its helm goes on.
    const first = await disturbed(world, one, point, trace, restarts)
    tap = first.tap
    if (!first.reached) return done(['the point was not reached'])
    const state = await stateOf(world, one)
    const early = untruths(state, badVersions(state, one))
    // Where a fault is still there, a post step cannot do better than the main.
    const loose = 'death' in point.blow && point.blow.posts ? await settled(world, one, looseEnds) : []
    await again(world, one, 'reconciled' in point.blow && point.blow.reconciled === true, trace)
    return done([
      ...early.map((each) => `after the blow: ${each}`),
      ...loose.map((each) => `after the post steps: ${each}`),
      ...(await settled(world, one, wrongWith(one))),
    ])
  } catch (error) {
    return done([`the trial itself broke: ${error instanceof Error ? error.message : error}`])
  } finally {
    await tap?.close()
    if (one) await forget(world, one).catch(() => {})
  }
}

/** @returns whether the chain came to the point */
async function disturbed(
  world: World,
  one: Case,
  { blow }: Point,
  trace: string[],
  restarts: Restarts | undefined,
): Promise<{ reached: boolean; tap: Tap }> {
  let opened: Tap | undefined
  const tap = () => opened as Tap
  const struck = 'fault' in blow ? faulty(blow, tap, restarts) : killing(blow, tap)
  opened = await openTap(world.rig, one, struck.disturbance)
  const steps = stepsOf(world, one, opened)
  const end = 'end' in struck ? struck.end : undefined
  const ran = await runJob(world, { helm: one.helm, steps, tap: opened, job: world.nextJob() }, end)
  trace.push(...story(ran))
  if ('idle' in struck) await struck.idle()
  return { reached: opened.writes.some(({ key }) => key === blow.key), tap: opened }
}

/**
 * Runs the chain again. Where its gate lets nothing through, nobody has looked at the release: that is left to the
 * scheduled reconcile.
 */
async function again(world: World, one: Case, reconciled: boolean, trace: string[]): Promise<void> {
  const tap = await openTap(world.rig, one)
  const run = async (steps: readonly Step[]) => {
    const ran = await runJob(world, { helm: one.helm, steps, tap, job: world.nextJob() })
    trace.push(...story(ran).map((line) => `again ${line}`))
    return ran
  }
  try {
    if (reconciled) await run(reconciling(world, one, tap))
    const ran = await run(stepsOf(world, one, tap))
    const stopped = isGreen(ran) && ran.every(({ result }) => !result.outputs.outcome)
    if (stopped) await run(reconciling(world, one, tap))
  } finally {
    await tap.close()
  }
}
