import { aimOf, deployedRevision, isWayBack, lastProven, pendingRevision, type Revision } from './history.ts'
import type { Tags } from './ledger.ts'
import { isMarkOf, type Mark, validMarks } from './marks.ts'

/** What a job writes down before it touches the release, for whoever has to put right what it did not see through. */
export interface Underway {
  release: string
  namespace: string
  /** The highest revision that Helm had before; 0 where it had none. */
  before: number
  /** Nothing was installed before, so there is nothing to go back to. */
  first: boolean
  /** The model version that is rolled out: by it our own revision is known from another job's. */
  version: string
  /** Our revision, once Helm has told it. Another job may have written one in between, so it is not always the next. */
  own?: number | undefined
  /** The revision that a rollback goes back to; left out by an upgrade. */
  backTo?: number | undefined
  /** Whether an unproven revision is to stay (`rollback-on-failure: false`), as long as it is not pending. */
  keep?: boolean | undefined
  /** What is to be written into the ledger of the version, which failed, once the release is right. */
  blame?: Blame | undefined
}

/** Why a version is to blame for a rollout that failed. */
export interface Blame {
  model: string
  /** What is to be written onto the version. */
  tags: Tags
  /** When it failed. ISO 8601, UTC. */
  at: string
  /** Of the files that failed; undefined where nobody can tell. */
  digest?: string | undefined
}

/** A rollout is about to begin upon this history. */
export function underwayFrom(
  { release, namespace, version }: Pick<Underway, 'release' | 'namespace' | 'version'>,
  history: readonly Revision[],
): Underway {
  const last = history.at(-1)
  return {
    release,
    namespace,
    before: last?.revision ?? 0,
    first: last === undefined || last.status === 'uninstalled',
    version,
  }
}

/** Whether our own revision is the first of its release, so that the way back is to remove it. */
export function isFirst({ first, before }: Underway, own: number): boolean {
  return first && own === before + 1
}

/** Whether the files were seen serving after they failed: then that failure says nothing of them any more. */
export function hasServedSince(
  { version, blame }: Pick<Underway, 'version' | 'blame'>,
  history: readonly Revision[],
  marks: readonly Mark[],
): boolean {
  if (!blame) return false
  const { model, digest, at } = blame
  // By time: the numbers of revisions begin again where a release was uninstalled in between.
  return validMarks(marks, history).some(
    (mark) => isMarkOf(mark, { model, version, digest }) && Date.parse(mark.provenAt) > Date.parse(at),
  )
}

export type Recovery =
  | { kind: 'nothing'; why: string }
  /** `version` is what must serve afterwards; undefined: whichever. */
  | { kind: 'rollback'; revision: number; version: string | undefined; why: string }
  | { kind: 'uninstall'; why: string }
  | { kind: 'impossible'; why: string }

/**
 * What to do about a rollout that main did not finish: back to the last revision seen good. Only our own revision is
 * touched, or Helm's way back from it: where a later one is there, someone else is at work.
 */
export function recovery(underway: Underway, history: readonly Revision[], marks: readonly Mark[]): Recovery {
  const last = history.at(-1)
  const { own } = underway
  if (own === undefined || !last || last.revision < own) return { kind: 'nothing', why: 'Helm had not begun' }
  const foreign = history.find((each) => each.revision > own && !isWayBack(each))
  if (foreign) return { kind: 'nothing', why: `revision ${foreign.revision} is somebody else's` }
  if (validMarks(marks, history).some(({ revision }) => revision === last.revision))
    return { kind: 'nothing', why: `revision ${last.revision} was seen serving` }
  const pending = pendingRevision(history) !== undefined
  const why = `revision ${last.revision} ${pending ? `was left ${last.status}` : 'was never seen serving'}`
  if (isFirst(underway, own)) return { kind: 'uninstall', why: `${why}, and there is none before it` }
  const good = aimedAt(underway, history, marks) ?? lastProven(history, marks, own)
  if (good) return { kind: 'rollback', revision: good.revision, version: good.version || undefined, why }
  const deployed = deployedRevision(history)
  // A pending release locks everyone out, and a rollback is Helm's only way to free it.
  if (pending && deployed) return { kind: 'rollback', revision: deployed.revision, version: undefined, why }
  return {
    kind: 'impossible',
    why: `${why}, and no revision before it was seen good and not taken back since`,
  }
}

/** Where a rollback was on its way to: the version that it led away from may be the last one seen good. */
function aimedAt({ backTo }: Underway, history: readonly Revision[], marks: readonly Mark[]) {
  const aim = backTo ?? aimOf(history.at(-1))
  return validMarks(marks, history).find(({ revision }) => revision === aim)
}

/**
 * A pending release that nobody's lease speaks of: someone's helm, by hand or by another tool. Helm's own lock says
 * nothing of whether it is alive, so only its age tells.
 * @param now milliseconds since 1970
 * @param budget milliseconds after which no helm is at work on it any more
 */
export function stray(
  history: readonly Revision[],
  { now, budget }: { now: number; budget: number },
): { revision: Revision; age: number; over: boolean } | undefined {
  const revision = pendingRevision(history)
  if (!revision) return undefined
  const age = now - Date.parse(revision.updated)
  return { revision, age, over: age > budget }
}

/** What its helm had begun, as far as the history tells. */
export function strayUnderway(
  { revision }: Pick<Revision, 'revision'>,
  history: readonly Revision[],
  { release, namespace }: Pick<Underway, 'release' | 'namespace'>,
): Underway {
  const before = history.filter((each) => each.revision < revision)
  return { ...underwayFrom({ release, namespace, version: '' }, before), own: revision }
}
