import type { Judgement } from './reconcile.ts'

/** An issue of the repository, as far as its being ours is concerned. */
export interface IssueSeen {
  number: number
  /** Web page. */
  url: string
  open: boolean
  title: string
  body: string
  /** Whether a program wrote it, or a person whom the repository's owners let in. */
  trusted: boolean
}

/** Whose issue it is, and what it tells: both are kept where readers do not see them. */
export interface Mark {
  /** Of model, release and namespace, and of where registry and cluster are. */
  about: string
  /** Of the findings that it tells, or SETTLED. */
  tells: string
}

/** What an issue tells that we have closed ourselves. */
export const SETTLED = 'settled'

export type IssueStep =
  | { kind: 'none' }
  /** It tells what there is to tell. */
  | { kind: 'leave'; url: string }
  | { kind: 'open' }
  | { kind: 'update'; number: number }
  | { kind: 'close'; numbers: readonly number[] }

export function markText({ about, tells }: Mark): string {
  return `<!-- retrain-actions:reconcile ${about} ${tells} -->`
}

/** Undefined where an issue has no mark of ours. Ours stands at the very beginning, where nobody else's text can be. */
export function markIn(body: string): Mark | undefined {
  const [, about, tells] =
    /^<!-- retrain-actions:reconcile ([0-9a-f]{16}) ([0-9a-z]{7,16}) -->/.exec(body) ?? []
  return about === undefined || tells === undefined ? undefined : { about, tells }
}

/**
 * What becomes of the one issue about a model and its release: created once, brought up to date where something else
 * disagrees, closed once they agree. One that a person closed stays closed as long as the same is told. While nobody can
 * say whether they agree, nothing is touched.
 */
export function issueStep(
  { consistent }: Pick<Judgement, 'consistent'>,
  mark: Mark,
  seen: readonly IssueSeen[],
): IssueStep {
  const ours = seen
    .map((issue) => ({ ...issue, mark: markIn(issue.body) }))
    .filter((issue) => issue.trusted && issue.mark?.about === mark.about)
    .sort((one, other) => one.number - other.number)
  const open = ours.filter((issue) => issue.open)
  const [first] = open
  if (consistent === 'unknown') return first ? { kind: 'leave', url: first.url } : { kind: 'none' }
  if (consistent === 'true')
    return first ? { kind: 'close', numbers: open.map(({ number }) => number) } : { kind: 'none' }
  if (first)
    return first.mark?.tells === mark.tells
      ? { kind: 'leave', url: first.url }
      : { kind: 'update', number: first.number }
  const last = ours.at(-1)
  return last?.mark?.tells === mark.tells ? { kind: 'none' } : { kind: 'open' }
}
