import { randomUUID } from 'node:crypto'
import { isGreen, runJob, story } from './job.ts'
import { type Case, type Story, stepsOf } from './stories.ts'
import { openTap } from './tap.ts'
import type { HelmName, World } from './world.ts'

/** Which chain a case is of, and by which Helm. */
export interface Kind {
  story: Story
  whole: boolean
  helm: HelmName
}

/**
 * A model and a release of their own, in which version 1 is champion and serves; for an alert, version 2 is and does.
 * All of it made by the actions themselves, undisturbed.
 */
export async function prepare(world: World, kind: Kind): Promise<Case> {
  const name = `c${randomUUID().slice(0, 8)}`
  const names = { release: name, model: `chaos-${name}` }
  const rounds = kind.story === 'alert' ? [0.5, 0.6] : [0.5]
  for (const auc of rounds) {
    const { runId } = await world.trainer.train({ metrics: { auc } })
    await undisturbed(world, { ...names, story: 'good', whole: true, helm: kind.helm, runId })
  }
  const { runId } =
    kind.story === 'alert' ? { runId: '' } : await world.trainer.train({ metrics: { auc: 0.9 } })
  return { ...names, ...kind, runId }
}

/** Runs the chain of a case once, and demands that it is green. @returns its writes */
export async function undisturbed(world: World, one: Case): Promise<readonly string[]> {
  const tap = await openTap(world.rig, one)
  try {
    const job = world.nextJob()
    const ran = await runJob(world, { helm: one.helm, steps: stepsOf(world, one, tap), tap, job })
    // A bad model is taken back, which is red.
    if (!isGreen(ran) && one.story !== 'bad')
      throw new Error(`an undisturbed chain is red:\n${story(ran).join('\n')}`)
    return tap.writes.map(({ key }) => key)
  } finally {
    await tap.close()
  }
}

/** Removes the release, so that pods do not add up. */
export async function forget(world: World, { release, helm }: Case): Promise<void> {
  await world.helm(helm, 'uninstall', release).catch(() => {})
  await world.kubectl('delete', 'configmap', `retrain-actions.${release}`, '--ignore-not-found')
}
