import type { Release } from '../../adapters/kubernetes/release/release.ts'
import type { Mlflow } from '../../adapters/mlflow/mlflow.ts'

type AssertHeld = () => Promise<void>

/** What changes a release, its outbox or the registry. */
const WRITES = [
  'upgrade',
  'rollback',
  'deleteStuckRollbacks',
  'uninstall',
  'startSmokeTest',
  'startPreviousVersion',
  'recordVerifiedRevision',
  'update',
  'setVersionTags',
  'deleteVersionTag',
  'setAlias',
  'deleteAlias',
  'setStage',
] as const satisfies readonly (keyof Release | keyof Release['outbox'] | keyof Mlflow)[]

/** The same release. Its writes, and those of its outbox, start only while the lease is held. */
export function guardRelease(release: Release, assertHeld: AssertHeld): Release {
  return Object.assign(guardWrites(release, assertHeld), { outbox: guardWrites(release.outbox, assertHeld) })
}

/** The same object. Its writes start only while the lease is held. */
export function guardWrites<T extends object>(target: T, assertHeld: AssertHeld): T {
  const writers = target as Record<string, (...given: unknown[]) => unknown>
  const guarded = WRITES.filter((name) => name in target).map((name) => [
    name,
    async (...given: unknown[]) => {
      await assertHeld()
      return writers[name]?.(...given)
    },
  ])
  // Everything else is read through the prototype, as it is when it is called.
  return Object.assign(Object.create(target), Object.fromEntries(guarded))
}
