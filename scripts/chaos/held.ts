import { forget, type Kind, prepare } from './base.ts'
import { runJob, story } from './job.ts'
import { nameOf } from './points.ts'
import { type Duel, persist, wrongAfterDuel } from './rivals.ts'
import { stepsOf } from './stories.ts'
import { type Disturbance, openTap } from './tap.ts'
import type { World } from './world.ts'

/**
 * One chain is held up at a write, alive, and another one of the same model comes: it must wait or be refused, and touch
 * nothing that the first one is at work on. Then the first goes on, and both are run until they have come to an end.
 */
export async function held(world: World, kind: Kind, key: string): Promise<Duel & { name: string }> {
  const started = Date.now()
  const name = `${nameOf(kind)}, held up alive at ${key}, while another one comes`
  const base = await prepare(world, kind)
  try {
    const [first, second] = await Promise.all(
      [0.8, 0.9].map(async (auc) => {
        const { runId } = await world.trainer.train({ metrics: { auc } })
        return { ...base, runId }
      }),
    )
    if (!first || !second) throw new Error('no candidates')
    let reached = () => {}
    let goOn = () => {}
    const there = new Promise<true>((resolve) => {
      reached = () => resolve(true)
    })
    const over = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const disturbance: Disturbance = async (write, pass) => {
      if (write.key !== key) return pass()
      reached()
      await over
      return pass()
    }
    const whole = persist(world, first, disturbance)
    const came = await Promise.race([there, whole.then(() => false)])
    if (!came) return { name, violations: ['the point was not reached'], trace: [], seconds: 0 }

    const tap = await openTap(world.rig, second)
    const hasty = { ...second, timeout: '12s' }
    const rival = await runJob(world, {
      helm: second.helm,
      steps: stepsOf(world, hasty, tap),
      tap,
      job: world.nextJob(),
    }).finally(() => tap.close())
    const touched = tap.writes
      .filter(({ call }) => /secrets|deployments|alias/.test(call))
      .map(({ call }) => call)
    goOn()
    const trace = [
      ...story(rival).map((line) => `rival ${line}`),
      ...(await whole).flatMap((ran) => story(ran).map((line) => `held ${line}`)),
      ...(await persist(world, second)).flatMap((ran) => story(ran).map((line) => `rival again ${line}`)),
    ]
    const violations = [
      ...(touched.length > 0 ? [`stolen from an alive holder: ${touched.join(', ')}`] : []),
      ...(await wrongAfterDuel(world, first, second)),
    ]
    return { name, violations, trace, seconds: (Date.now() - started) / 1000 }
  } finally {
    await forget(world, base).catch(() => {})
  }
}
