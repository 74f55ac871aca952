import { isDemoted, previousAfter } from './demotion.ts'
import { pendingRevision } from './history.ts'
import { served } from './live.ts'
import { whyNotEntitled } from './reconcile-entitled.ts'
import type { Finding, FindingKind, Reading } from './reconcile-reading.ts'
import { untoldWaysBack } from './reconcile-untold.ts'
import { wayBack } from './rollback-way.ts'

/** What may be written into the registry. */
export type Repair =
  /** As the end of a sentence: why nothing may. */
  | { kind: 'refused'; why: string }
  /** What shall be champion, and `previous` (undefined: no alias). */
  | { kind: 'move'; version: string; previous: string | undefined }

/** What moving aliases can cure. */
const CURABLE: readonly FindingKind[] = [
  'alias-and-release',
  'no-alias',
  'champion-unclear',
  'champion-quarantined',
  'champion-demoted',
  'ledger',
  'previous',
  'stages',
]

export function isCurable(findings: readonly Finding[]): boolean {
  return findings.some(({ kind }) => CURABLE.includes(kind))
}

/**
 * To which version the alias may be moved without a person: the one that deployed revision and every ready pod agree on
 * once its rollout is over, that the ledger lets serve with the files that it has now, and only while nobody is at work.
 * @param digest of the files of the version that serves, as they are now; undefined where they could not be read
 */
export function repairOf(reading: Reading, digest: string | undefined): Repair {
  const { release, model, live, holder, history, versions } = reading
  const refused = (why: string): Repair => ({ kind: 'refused', why })
  if (holder?.alive) return refused(`release ${release} is being worked on, by ${holder.words}`)
  if (holder?.left !== undefined) return refused(`${holder.words} ${holder.left}`)
  const pending = pendingRevision(history)
  if (pending) return refused(`revision ${pending.revision} of release ${release} is ${pending.status}`)
  if (!live) return refused(`release ${release} has no deployed revision`)
  if (live.releaseModel !== undefined && live.releaseModel !== model)
    return refused(`release ${release} serves another model`)
  const serves = served(live.pods)
  if (serves.kind !== 'one') return refused(`no one version is seen serving`)
  const { version: number } = serves
  if (live.releaseVersion !== number)
    return refused(
      `the values of revision ${live.revision} say ${live.releaseVersion === undefined ? 'no version' : `version ${live.releaseVersion}`}, its pods serve ${number}`,
    )
  if (!live.settled) return refused(`the rollout of revision ${live.revision} is not over`)
  const untold = untoldWaysBack(reading).find(({ mark }) => mark.revision === live.revision)
  // Whether the fault was the model's own, only who went back knows; and demote moves the aliases as well.
  if (untold)
    return refused(
      `release ${release} went back from version ${untold.from}, whose ledger does not say why: run demote`,
    )
  const version = versions.find((one) => one.number === number)
  if (!version) return refused(`the registry does not know version ${number}`)
  const why =
    (reading.quarantined.has(number) ? 'is in quarantine' : undefined) ??
    reading.unloadable.get(number) ??
    (isDemoted(version) ? 'was taken back' : undefined) ??
    (digest === undefined ? 'has files that nobody here can read' : whyNotEntitled(version, digest))
  if (why !== undefined) return refused(`version ${number}, which serves, ${why}`)
  return { kind: 'move', version: number, previous: previousFor(reading, number) }
}

/**
 * Whom `previous` names then: who was champion until now, as with promote; but nobody who may not serve, nor whom the
 * release has gone back from, since that was for a reason.
 */
function previousFor(reading: Reading, version: string): string | undefined {
  const { champion, aliases, names, quarantined, history, marks, live, versions } = reading
  const until = champion.kind === 'version' ? champion.version.number : version
  const goneBack = live && wayBack({ history, marks, live })?.from === until
  const fit = versions.filter((one) => !quarantined.has(one.number))
  const named = until === version || goneBack ? aliases.get(names.previous) : until
  return previousAfter(named, { restored: version, bad: goneBack ? until : '' }, fit)
}
