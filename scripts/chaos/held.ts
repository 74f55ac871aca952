import { setTimeout as sleep } from 'node:timers/promises'
import { forget, type Kind, prepare } from './base.ts'
import { type Ran, runJob, story } from './job.ts'
import { type Duel, persist, wrongAfterDuel } from './rivals.ts'
import { type Case, stepsOf } from './stories.ts'
import { type Disturbance, openTap, type Tap } from './tap.ts'
import type { World } from './world.ts'

/** What the other chain does: it soon gives up, or it waits until the first one has ended. */
export type Rival = 'gives up' | 'waits'

/**
 * One chain is held up at a write, alive, and another one of the same model comes: it must touch nothing that the first
 * one is at work on. Then the first goes on, and both are run until each has come to an end.
 */
export async function held(world: World, kind: Kind, key: string, rival: Rival): Promise<Duel> {
  const started = Date.now()
  const seconds = () => (Date.now() - started) / 1000
  const base = await prepare(world, kind)
  try {
    const weaker = await candidate(world, base, 0.8)
    const better = await candidate(world, base, 0.9)
    // Who waits comes too late with what was judged against a champion that is none any more.
    const [first, second] = rival === 'waits' ? [better, weaker] : [weaker, better]
    const gate = gateAt(key)
    const whole = persist(world, first, gate.disturbance)
    if (!(await Promise.race([gate.reached, whole.then(() => false)])))
      return { violations: ['the point was not reached'], trace: [], seconds: seconds() }

    const came = await comes(world, second, rival, gate.open)
    const trace = [
      ...story(came.ran).map((line) => `rival ${line}`),
      ...(await whole).flatMap((ran) => story(ran).map((line) => `held ${line}`)),
      ...(await persist(world, second)).flatMap((ran) => story(ran).map((line) => `rival again ${line}`)),
    ]
    const stolen = came.touched.length > 0 ? [`stolen from an alive holder: ${came.touched.join(', ')}`] : []
    return {
      violations: [...stolen, ...(await wrongAfterDuel(world, weaker, better))],
      trace,
      seconds: seconds(),
    }
  } finally {
    await forget(world, base).catch(() => {})
  }
}

async function candidate(world: World, base: Case, auc: number): Promise<Case> {
  const { runId } = await world.trainer.train({ metrics: { auc } })
  return { ...base, runId }
}

/** Holds up a write until `open`. */
function gateAt(key: string): { disturbance: Disturbance; reached: Promise<true>; open(): void } {
  let arrive = () => {}
  let open = () => {}
  const reached = new Promise<true>((resolve) => {
    arrive = () => resolve(true)
  })
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const disturbance: Disturbance = async (write, pass) => {
    if (write.key === key) {
      arrive()
      await opened
    }
    return pass()
  }
  return { disturbance, reached, open }
}

/** Runs the other chain. @returns also what it touched while the first one was held up */
async function comes(
  world: World,
  one: Case,
  rival: Rival,
  open: () => void,
): Promise<{ ran: Ran[]; touched: string[] }> {
  const tap = await openTap(world.rig, one)
  const hasty = rival === 'gives up' ? { ...one, timeout: '5s' } : one
  const steps = stepsOf(world, hasty, tap)
  const running = runJob(world, { helm: one.helm, steps, tap, job: world.nextJob() })
  try {
    await (rival === 'gives up' ? running : waiting(tap, running))
    const touched = tap.writes
      .map(({ call }) => call)
      .filter((call) => /secrets|deployments|alias/.test(call))
    open()
    return { ran: await running, touched }
  } finally {
    await tap.close()
  }
}

/** Milliseconds after which a step that has begun waits for the lease. */
const BEGUN = 4000

/** Until the chain has come to its deployment and waits there, or is over. */
async function waiting(tap: Tap, running: Promise<unknown>): Promise<void> {
  let over = false
  running.then(
    () => {
      over = true
    },
    () => {
      over = true
    },
  )
  while (!over && tap.step !== 'helm-deploy') await sleep(200)
  await sleep(BEGUN)
}
