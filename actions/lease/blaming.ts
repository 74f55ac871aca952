import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { Busy, NotFound } from '../../src/adapters/mlflow/failures.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { Fault } from '../../src/domain/failure.ts'
import { hasServedSince, type Underway } from '../../src/domain/rollout-recovery.ts'
import type { Claim } from './claim.ts'

/** What the ledger of a version is written with. */
export type Registry = Pick<Mlflow, 'setVersionTags'>

type Told = 'nothing to tell' | 'written' | 'later' | 'never'
type Teller = Pick<Claim, 'registry' | 'context'>

/**
 * Writes what a dead job had decided to write of the version that failed, unless it was seen serving since. Only once the
 * release is right: with the quarantine before the way back, the next run would stop at the gate and leave the release as
 * it is. Never throws, since no registry may keep a release where it is.
 * @returns `later` where trying once more may help, `never` where it cannot
 */
export async function blamed(
  release: Pick<Release, 'history' | 'marks'>,
  underway: Underway,
  { registry, context }: Teller,
): Promise<Told> {
  const { blame, version } = underway
  if (!blame) return 'nothing to tell'
  const what = `of version ${version} of model ${JSON.stringify(blame.model)}: ${JSON.stringify(blame.tags)}`
  try {
    if (hasServedSince(underway, await release.history(), await release.marks())) return 'nothing to tell'
    const known = registry?.()
    if (known) await known.setVersionTags(blame.model, version, blame.tags)
    else context.log.warning(`No tracking server was given to write these tags ${what}`)
    return known ? 'written' : 'later'
  } catch (error) {
    context.log.warning(`Tags were not written ${what}: ${error}`)
    return mayAnswerLater(error) ? 'later' : 'never'
  }
}

/** The same of several, one after the other. */
export async function blamedAll(
  release: Release,
  all: readonly Underway[],
  teller: Teller,
): Promise<{ later: readonly Underway[]; written: boolean; words: readonly string[] }> {
  const ends: { each: Underway; told: Told }[] = []
  for (const each of all) ends.push({ each, told: await blamed(release, each, teller) })
  return {
    later: ends.filter(({ told }) => told === 'later').map(({ each }) => each),
    written: ends.some(({ told }) => told === 'written'),
    words: ends.flatMap(({ each, told }) => wordsFor(each, told)),
  }
}

function wordsFor({ version }: Underway, told: Told): string[] {
  if (told === 'nothing to tell') return []
  const now = told === 'written' ? 'says now' : told === 'later' ? 'does not say yet' : 'does not say'
  return [`The ledger of version ${version} ${now} why it failed.`]
}

/**
 * Whether another job, or the same later, may be answered otherwise. Only where there is no such version any more, or
 * MLflow itself calls the tags wrong, it will not: a 401 or 403 is about who asks, a bare 404 may be a proxy's.
 */
export function mayAnswerLater(error: unknown): boolean {
  if (error instanceof Busy) return true
  return !(error instanceof NotFound || (error instanceof Fault && error.status === 400))
}
