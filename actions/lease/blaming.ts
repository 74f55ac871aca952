import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { Fault } from '../../src/domain/failure.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import type { Claim } from './claim.ts'

/** What the ledger of a version is written with. */
export type Registry = Pick<Mlflow, 'setVersionTags'>

/**
 * Writes what a dead job had decided to write of the version that failed. Only once the release is right: with the
 * quarantine before the way back, the next run would stop at the gate and leave the release as it is. Never throws, since
 * no registry may keep a release where it is.
 * @returns whether it is written, and whether trying once more, later, may help
 */
export async function blamed(
  { blame, version }: Underway,
  { registry, context }: Pick<Claim, 'registry' | 'context'>,
): Promise<{ written: boolean; later: boolean }> {
  if (!blame) return { written: false, later: false }
  const what = `of version ${version} of model ${JSON.stringify(blame.model)}: ${JSON.stringify(blame.tags)}`
  try {
    const known = registry?.()
    if (known) await known.setVersionTags(blame.model, version, blame.tags)
    else context.log.warning(`No tracking server was given to write these tags ${what}`)
    return { written: known !== undefined, later: false }
  } catch (error) {
    context.log.warning(`Tags were not written ${what}: ${error}`)
    return { written: false, later: mayAnswerLater(error) }
  }
}

/** What the server refuses, it will refuse again. */
export function mayAnswerLater(error: unknown): boolean {
  return !(error instanceof Fault && error.status !== undefined && error.status >= 400 && error.status < 500)
}
