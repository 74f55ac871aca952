import { createOperation } from '../../src/domain/release/recovery-plan.ts'
import {
  type BlockedTarget,
  formatBlockedTarget,
  listGoodRevisions,
} from '../../src/domain/release/rollback-target.ts'
import { findAcceptedTarget } from '../../src/release/rollout/rollback.ts'
import { type Deployment, findKeepingInput } from './deployment.ts'

/**
 * Why the release could not be rolled back if this rollout failed; undefined: it could, or nothing is verified yet, or a
 * failed revision is to be kept.
 */
export async function findBlockedRollback({
  inputs,
  release,
  request,
  history,
  verifiedRevisions,
  notes,
}: Deployment): Promise<readonly BlockedTarget[] | undefined> {
  const { isInstall } = createOperation({ ...inputs, version: inputs['model-version'] }, history)
  if (isInstall || findKeepingInput(inputs, isInstall)) return undefined
  const targets = listGoodRevisions({ history, verifiedRevisions })
  const { timeout } = inputs
  const { target, passedOver } = await findAcceptedTarget(release, targets, { timeout, request })
  if (!target && targets.length > 0) return passedOver
  for (const each of passedOver)
    notes.push(
      `A failed rollout would be rolled back to revision ${target?.revision}: the cluster does not accept ${formatBlockedTarget(each)}.`,
    )
  return undefined
}
