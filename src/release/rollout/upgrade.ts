import type { UpgradeRequest } from '../../adapters/helm/arguments.ts'
import { ReleaseLockedError } from '../../adapters/helm/helm-errors.ts'
import type {
  HelmOperations,
  ReleaseHistory,
  RolloutWatcher,
} from '../../adapters/kubernetes/release/release.ts'
import type { WatchFailure } from '../../adapters/kubernetes/rollout/watch-rollout.ts'
import type { UpgradeBaseline } from '../../adapters/kubernetes/rollout/watch-upgrade.ts'
import { toError } from '../../domain/core/errors.ts'
import { diagnoseHelmError } from '../../domain/preflight/field-conflict.ts'
import type { Operation } from '../../domain/release/recovery-plan.ts'
import { diagnoseFailedHook, isHookError } from '../../domain/rollout/hook-failure.ts'
import { inspectWorkload } from './evidence.ts'

export type UpgradeResult =
  /** Helm refused before it wrote anything. */
  | { kind: 'rejected'; error: Error }
  /** Helm wrote a revision. `failed` is set when Helm failed afterwards, or when its pods failed before Helm ended. */
  | { kind: 'started'; revision: number; failed?: WatchFailure }

/**
 * Upgrades the release. Helm may wait for a hook for minutes, so the new pods are watched meanwhile: a fail-fast
 * condition ends Helm, and becomes the cause of the failure.
 * @param template name of the newest pod template before; empty: there was none, undefined: unknown
 * @param deadline of the upgrade and of the watch after it, in milliseconds since 1970
 * @throws Helm's error if the history cannot tell whether Helm wrote a revision
 */
export async function startUpgrade(
  release: HelmOperations & ReleaseHistory & RolloutWatcher,
  request: UpgradeRequest,
  operation: Operation,
  { template, deadline }: { template: string | undefined; deadline: number },
): Promise<UpgradeResult> {
  const baseline = {
    revision: operation.previousRevision,
    template,
    existingHookPods: await release.findExistingHookPods(request),
  }
  const stopHelm = new AbortController()
  const stopWatch = new AbortController()
  const upgrade = release.upgrade(request, stopHelm.signal).then(
    (revision) => ({ kind: 'written', revision }) as const,
    (error: unknown) => ({ kind: 'error', error }) as const,
  )
  const watch = release.watchUpgrade(baseline, operation.version, deadline, stopWatch.signal)
  const first = await Promise.race([upgrade, watch])
  stopWatch.abort()
  stopHelm.abort()
  const result = await upgrade
  const failed = first?.kind === 'failed' ? first : undefined
  if (result.kind === 'written')
    return { kind: 'started', revision: result.revision, ...(failed ? { failed } : {}) }
  const { error } = result
  if (error instanceof ReleaseLockedError) return { kind: 'rejected', error }
  const revision = await findOwnRevision(release, operation).catch(() => {
    throw error
  })
  if (revision === undefined) return { kind: 'rejected', error: toError(error) }
  const started = { version: operation.version, revision }
  return {
    kind: 'started',
    revision,
    failed: failed ?? (await diagnoseUpgradeFailure(release, started, baseline, error)),
  }
}

/** Why Helm failed. Observes its hooks or pods once, for the evidence. */
async function diagnoseUpgradeFailure(
  release: RolloutWatcher,
  { version, revision }: { version: string; revision: number },
  { existingHookPods }: UpgradeBaseline,
  error: unknown,
): Promise<WatchFailure> {
  const diagnosis = diagnoseHelmError(error)
  if (isHookError(diagnosis.message)) {
    const hooks = existingHookPods
      ? await release.observeHooks(revision, existingHookPods).catch(() => [])
      : []
    return { kind: 'failed', ...diagnoseFailedHook(hooks, diagnosis.message) }
  }
  const { observation } = await inspectWorkload(release, version)
  return { kind: 'failed', diagnosis, observation }
}

/**
 * The revision that an operation wrote, when Helm did not report it: the first later one with the operation's model
 * version. For a rollback it is the first later rollback to the same target, since its values may name no version.
 */
export async function findOwnRevision(
  release: ReleaseHistory,
  { previousRevision, version, rollbackTarget }: Operation,
): Promise<number | undefined> {
  for (const each of await release.history()) {
    if (each.revision <= previousRevision) continue
    const isOwn =
      rollbackTarget === undefined
        ? (await release.readModelVersion(each.revision)) === version
        : each.isRollback && [rollbackTarget, undefined].includes(each.rollbackOf)
    if (isOwn) return each.revision
  }
  return undefined
}
