import type { ConsistencyResult } from './consistency.ts'

/** An issue of the repository. */
export interface ExistingIssue {
  number: number
  /** Web page. */
  url: string
  isOpen: boolean
  title: string
  body: string
  /** Whether a bot or a person with write access opened it. Anyone else could imitate the marker. */
  isTrusted: boolean
}

/** Identifies an issue of reconcile, in an HTML comment that GitHub does not render. */
export interface IssueMarker {
  /** Hash of model, alias and environment. */
  subjectHash: string
  /** Hash of the findings in the issue, or RESOLVED. */
  findingsHash: string
}

/** findingsHash of an issue that reconcile closed. */
export const RESOLVED = 'resolved'

export type IssueAction =
  | { kind: 'none' }
  /** The issue is up to date. */
  | { kind: 'keep'; url: string }
  | { kind: 'open' }
  | { kind: 'update'; number: number }
  | { kind: 'close'; numbers: readonly number[] }

export function formatMarker({ subjectHash, findingsHash }: IssueMarker): string {
  return `<!-- retrain-actions:reconcile ${subjectHash} ${findingsHash} -->`
}

/** Undefined without a marker. It must be the first line: text quoted further down proves nothing. */
export function parseMarker(body: string): IssueMarker | undefined {
  const [, subjectHash, findingsHash] =
    /^<!-- retrain-actions:reconcile ([0-9a-f]{16}) ([0-9a-z]{7,16}) -->/.exec(body) ?? []
  return subjectHash === undefined || findingsHash === undefined ? undefined : { subjectHash, findingsHash }
}

/**
 * Decides about the one issue of a model and environment: opened once, updated if the findings change, closed when
 * consistent, untouched while consistency is unknown. If a person closed it, it stays closed until the findings change.
 */
export function decideIssueAction(
  { consistent }: Pick<ConsistencyResult, 'consistent'>,
  marker: IssueMarker,
  existing: readonly ExistingIssue[],
): IssueAction {
  const own = existing
    .map((issue) => ({ ...issue, marker: parseMarker(issue.body) }))
    .filter((issue) => issue.isTrusted && issue.marker?.subjectHash === marker.subjectHash)
    .sort((one, other) => one.number - other.number)
  const open = own.filter((issue) => issue.isOpen)
  const [first] = open
  const isUpToDate = (issue: (typeof own)[number] | undefined) =>
    issue?.marker?.findingsHash === marker.findingsHash
  if (consistent === 'unknown') return first ? { kind: 'keep', url: first.url } : { kind: 'none' }
  if (consistent === 'true')
    return first ? { kind: 'close', numbers: open.map(({ number }) => number) } : { kind: 'none' }
  if (first)
    return isUpToDate(first) ? { kind: 'keep', url: first.url } : { kind: 'update', number: first.number }
  return isUpToDate(own.at(-1)) ? { kind: 'none' } : { kind: 'open' }
}
