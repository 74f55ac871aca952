import type { UpgradeOrder } from '../../src/adapters/helm/arguments.ts'
import { ReleaseHeld } from '../../src/adapters/helm/helm.ts'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import type { BeforeHelm } from '../../src/adapters/kubernetes/under-helm.ts'
import type { WatchEnd, WatchFailed } from '../../src/adapters/kubernetes/watch.ts'
import { UserError } from '../../src/domain/failure.ts'
import { helmDiagnosis } from '../../src/domain/field-conflict.ts'
import { aimOf, isWayBack, lastProven, type Revision } from '../../src/domain/history.ts'
import type { Live } from '../../src/domain/live.ts'
import { type Mark, validMarks, versionKeptBy, versionProvenBy } from '../../src/domain/marks.ts'
import { sentenceOf } from '../../src/domain/rollout-failure.ts'
import { failedHook, isAboutHook } from '../../src/domain/rollout-hook.ts'
import { isFirst, type Underway } from '../../src/domain/rollout-recovery.ts'

/** Helm refused before it wrote anything. */
export interface Untouched {
  kind: 'untouched'
  error: Error
}

/** Helm has written a revision of ours; `failed` where it came to grief over it, or was ended since its pods did. */
export interface Begun {
  kind: 'begun'
  own: number
  failed?: WatchFailed
}

/**
 * Upgrades. While helm is at work (a hook may wait for minutes on pods that crash), what it has written is watched for
 * what will not mend; then helm is ended, and what was seen is the cause.
 * @param template the newest pod template before; empty where there was none, undefined where nobody knows
 * @param deadline of the upgrade and the watch after it together, in milliseconds since 1970
 * @throws Helm's error where nobody can say whether it wrote anything
 */
export async function begin(
  release: Release,
  order: UpgradeOrder,
  underway: Underway,
  { template, deadline }: { template: string | undefined; deadline: number },
): Promise<Begun | Untouched> {
  const before = { revision: underway.before, template, hookPods: await release.hookPods(order) }
  const stop = new AbortController()
  const ended = new AbortController()
  const upgrade = release.upgrade(order, stop.signal).then(
    (own) => ({ kind: 'written', own }) as const,
    (error: unknown) => ({ kind: 'error', error }) as const,
  )
  const doom = release.watchUnderHelm(before, underway.version, deadline, ended.signal)
  const first = await Promise.race([upgrade, doom])
  ended.abort()
  stop.abort()
  const end = await upgrade
  const seen = first?.kind === 'failed' ? first : undefined
  if (end.kind === 'written')
    return seen ? { kind: 'begun', own: end.own, failed: seen } : { kind: 'begun', own: end.own }
  return cameToGrief(release, { underway, before }, end.error, seen)
}

async function cameToGrief(
  release: Release,
  { underway, before }: { underway: Underway; before: BeforeHelm },
  error: unknown,
  seen: WatchFailed | undefined,
): Promise<Begun | Untouched> {
  if (error instanceof ReleaseHeld) return { kind: 'untouched', error }
  const own = await ownRevision(release, underway).catch(() => {
    throw error
  })
  if (own === undefined) return { kind: 'untouched', error: errorOf(error) }
  const failed = seen ?? (await causeOf(release, { own, before, version: underway.version }, error))
  return { kind: 'begun', own, failed }
}

/** Why helm failed, with one look at what it is about, for the evidence. */
async function causeOf(
  release: Release,
  { own, before: { hookPods }, version }: { own: number; before: BeforeHelm; version: string },
  error: unknown,
): Promise<WatchFailed> {
  const diagnosis = helmDiagnosis(error)
  if (isAboutHook(diagnosis.said)) {
    const hooks = hookPods ? await release.hooks(own, hookPods).catch(() => []) : []
    return { kind: 'failed', ...failedHook(hooks, diagnosis.said) }
  }
  const seen = await release.watch(version, 0).catch(() => undefined)
  return { kind: 'failed', diagnosis, observation: seen?.observation }
}

/**
 * The revision that our helm wrote, where it did not come to tell: the first since then that has our version, or that
 * goes back to where our rollback was to. A rollback is known by Helm's words, since what it repeats need not name a
 * version.
 */
export async function ownRevision(
  release: Release,
  { before, version, backTo }: Underway,
): Promise<number | undefined> {
  for (const each of await release.history()) {
    if (each.revision <= before) continue
    const ours =
      backTo === undefined
        ? (await release.versionIn(each.revision)) === version
        : isWayBack(each) && [backTo, undefined].includes(aimOf(each))
    if (ours) return each.revision
  }
  return undefined
}

/** Watches until the pods prove it or it has failed. */
export function watched(
  release: Release,
  { version, own }: { version: string; own: number },
  deadline: number,
): Promise<WatchEnd> {
  return release.watch(version, deadline, own).catch(
    (error: unknown): WatchEnd => ({
      kind: 'failed',
      diagnosis: { reason: 'Unreadable', said: messageOf(error) },
      observation: undefined,
    }),
  )
}

export type TakenBack =
  | { kind: 'rolled-back'; to: Mark }
  /** `unfinished`: it was not refused, but broke off, so trying once more may help. */
  | { kind: 'rollback-failed'; why: string; unfinished?: true }
  | { kind: 'uninstalled' }

/** Undoes a failed rollout: back to the last revision seen good, and seen good again; a first install is removed. */
export async function takeBack(
  release: Release,
  underway: Underway,
  own: number,
  timeout: number,
): Promise<TakenBack> {
  try {
    if (!isFirst(underway, own)) return await backToProven(release, own, timeout)
    await release.uninstall(timeout)
    return { kind: 'uninstalled' }
  } catch (error) {
    const why = messageOf(error).replace(/\.$/, '')
    // What refuses it will refuse it again.
    return { kind: 'rollback-failed', why, ...(error instanceof UserError ? {} : { unfinished: true }) }
  }
}

async function backToProven(release: Release, own: number, timeout: number): Promise<TakenBack> {
  const to = lastProven(await release.history(), await release.marks(), own)
  if (!to)
    return {
      kind: 'rollback-failed',
      why: 'no revision before it was seen good and not taken back since, so nothing was changed',
    }
  const end = await goBack(release, to.revision, to.version || undefined, timeout)
  if (end.kind === 'failed') {
    const why = `revision ${to.revision} (version ${to.version || 'unknown'}) did not come up either`
    return { kind: 'rollback-failed', why: `${why}: ${sentenceOf(end.diagnosis)}` }
  }
  await markNewest(release, to)
  return { kind: 'rolled-back', to }
}

/** Rolls back to a revision and watches until its pods prove it. */
export async function goBack(
  release: Release,
  revision: number,
  version: string | undefined,
  timeout: number,
): Promise<WatchEnd> {
  const deadline = Date.now() + timeout
  await release.rollback(revision, timeout)
  return release.watch(version, deadline)
}

type Seen = Pick<Mark, 'model' | 'version' | 'digest' | 'run'>

/** Writes down that the newest revision was seen serving. Only ever after its pods were. */
export async function markNewest(release: Release, seen: Seen): Promise<void> {
  const history = await release.history()
  const newest = history.at(-1)
  if (newest) await markRevision(release, history, newest, seen)
}

/** The same of our own revision, whatever another job has deployed since. */
export async function markOwn(
  release: Release,
  history: readonly Revision[],
  own: number,
  seen: Seen,
): Promise<void> {
  const line = history.find(({ revision }) => revision === own)
  if (line) await markRevision(release, history, line, seen)
}

function markRevision(
  release: Release,
  history: readonly Revision[],
  { revision, updated }: Revision,
  { model, version, digest, run }: Seen,
): Promise<void> {
  const provenAt = new Date().toISOString()
  return release.mark({ revision, updated, model, version, digest, run, provenAt }, history)
}

/**
 * Marks the revision that is about to be replaced, where it has no mark and is found as good as a rollout of ours would
 * have to be, or serving still after a failed upgrade, whoever deployed it.
 */
export async function markFound(
  release: Release,
  found: {
    live: Live | undefined
    history: readonly Revision[]
    marks: readonly Mark[]
    digest: string
  },
): Promise<void> {
  const { live, history, marks, digest } = found
  const settled = live && versionProvenBy(live)
  const version = settled ?? (live && versionKeptBy(live, history))
  const line = history.find(({ revision }) => revision === live?.revision)
  if (!live || version === undefined || !line) return
  const { revision, updated } = line
  if (validMarks(marks, history).some((mark) => mark.revision === revision)) return
  if (settled !== undefined && !(await release.isFoundGood(settled || undefined, revision))) return
  const model = live.releaseModel ?? ''
  const provenAt = new Date().toISOString()
  await release.mark({ revision, updated, model, version, digest, run: '', provenAt }, history)
}

export function messageOf(error: unknown): string {
  return errorOf(error).message
}

export function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
