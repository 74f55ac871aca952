import { deployedRevision, lastProven, pendingRevision, type Revision } from './history.ts'
import { type Mark, validMarks } from './marks.ts'

/** What main writes down before it touches the release, for the post step of a job that was cancelled or killed. */
export interface Underway {
  release: string
  namespace: string
  /** The highest revision that Helm had before; 0 for a first install. */
  before: number
}

export type Recovery =
  | { kind: 'nothing'; why: string }
  | { kind: 'rollback'; to: Mark; why: string }
  | { kind: 'uninstall'; why: string }
  | { kind: 'impossible'; why: string }

/**
 * What to do about a rollout that main did not finish: back to the last revision seen good. Only our own revision is
 * touched, or Helm's way back from it: where a later one is there, someone else is at work.
 */
export function recovery(underway: Underway, history: readonly Revision[], marks: readonly Mark[]): Recovery {
  const last = history.at(-1)
  const ours = underway.before + 1
  if (!last || last.revision < ours) return { kind: 'nothing', why: 'Helm had not begun' }
  if (last.revision > ours && !isWayBack(last))
    return { kind: 'nothing', why: `revision ${last.revision} is somebody else's` }
  if (validMarks(marks, history).some(({ revision }) => revision === last.revision))
    return { kind: 'nothing', why: `revision ${last.revision} was seen serving` }
  const why = pendingRevision(history)
    ? `revision ${last.revision} was left ${last.status}`
    : `revision ${last.revision} was never seen serving`
  const to = lastProven(history, marks, { before: ours })
  if (to) return { kind: 'rollback', to, why }
  const isFirst = underway.before === 0
  if (isFirst) return { kind: 'uninstall', why: `${why}, and there is none before it` }
  const serving = deployedRevision(history)
  if (serving && serving.revision < ours)
    return { kind: 'nothing', why: `${why}; Helm still has revision ${serving.revision} deployed` }
  return { kind: 'impossible', why: `${why}, and no revision before it was` }
}

function isWayBack({ description, status }: Revision): boolean {
  return /^Rollback to \d+/.test(description) || status === 'pending-rollback'
}
