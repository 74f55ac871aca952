import { randomUUID } from 'node:crypto'
import { type Case, type CaseKind, CRASHES_AFTER_FIRST, chainSteps } from './cases.ts'
import type { Harness, HelmName } from './harness.ts'
import { openInterceptor } from './injection/interceptor.ts'
import { describeSteps, hasSucceeded, runJob } from './run-job.ts'
import { leaveStuckRollback } from './stuck-rollback.ts'

/** The kind of a chain, and its Helm version. */
export interface ChainVariant {
  kind: CaseKind
  singleStep: boolean
  helm: HelmName
}

/**
 * Creates a model and a release in which version 1, or version 2 for an alert, is champion and serves. Runs the actions
 * without faults to create them.
 */
export async function prepareCase(harness: Harness, variant: ChainVariant): Promise<Case> {
  const name = `c${randomUUID().slice(0, 8)}`
  const names = { release: name, model: `fault-injection-${name}` }
  const rounds = variant.kind === 'alert' ? [0.5, 0.6] : [0.5]
  const serve = variant.kind === 'crashing' && variant.singleStep ? CRASHES_AFTER_FIRST : undefined
  for (const auc of rounds) {
    const { runId } = await harness.trainer.train({ metrics: { auc } })
    const round = { kind: 'healthy', singleStep: true, helm: variant.helm } as const
    await runUndisturbed(harness, { ...names, ...round, serve, runId })
  }
  const { runId } =
    variant.kind === 'alert' ? { runId: '' } : await harness.trainer.train({ metrics: { auc: 0.9 } })
  if (variant.kind === 'stuck') await leaveStuckRollback(harness, names)
  return { ...names, ...variant, serve, runId }
}

/** Runs the chain of a case once without faults. @returns its writes @throws if it fails */
export async function runUndisturbed(harness: Harness, one: Case): Promise<readonly string[]> {
  const interceptor = await openInterceptor(harness.rig, one)
  try {
    const job = harness.nextJob()
    const ran = await runJob(harness, {
      helm: one.helm,
      steps: chainSteps(harness, one, interceptor),
      interceptor,
      job,
    })
    // A crashing model is rolled back, which fails the job.
    if (!hasSucceeded(ran) && one.kind !== 'crashing')
      throw new Error(`an undisturbed chain failed:\n${describeSteps(ran).join('\n')}`)
    return interceptor.writes.map(({ key }) => key)
  } finally {
    await interceptor.close()
  }
}

/** Removes the release, so that pods do not accumulate. */
export async function deleteRelease(harness: Harness, { release, helm }: Case): Promise<void> {
  await harness.helm(helm, 'uninstall', release).catch(() => {})
  await harness.kubectl('delete', 'configmap,lease', `retrain-actions.${release}`, '--ignore-not-found')
}
