import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '../../domain/failure.ts'
import { isProbed, type Observation, progress, proven } from '../../domain/rollout.ts'
import { beliefInDoom, type Doom, doomsOf } from '../../domain/rollout-doom.ts'
import { type Diagnosis, diagnose } from '../../domain/rollout-failure.ts'
import { hookDooms, unendedHelm } from '../../domain/rollout-hook.ts'

export interface WatchFailed {
  kind: 'failed'
  diagnosis: Diagnosis
  observation: Observation | undefined
}
export type WatchEnd = { kind: 'proven'; observation: Observation } | WatchFailed

/** Ends early when the signal aborts. */
export type Sleep = (milliseconds: number, ended?: AbortSignal) => Promise<void>

export interface WatchOptions {
  /** One look at the workload; undefined where it is not there (yet). */
  look: () => Promise<Observation | undefined>
  /** The version that every pod must serve; undefined: whichever. */
  version: string | undefined
  /** Milliseconds since 1970. */
  deadline: number
  cancelled?: AbortSignal | undefined
  /** Told when the progress changes. */
  say: (line: string) => void
  /** What will hardly mend of what is seen; left out, what that is of a rollout. */
  dooms?: (seen: Observation, version: string | undefined) => readonly Doom[]
  sleep?: Sleep
}

/** Milliseconds between two looks, for as long as a watch has lasted: the longer, the less half a second is of it. */
const PACES = [
  { until: 5000, every: 250 },
  { until: 20_000, every: 500 },
  { until: Number.POSITIVE_INFINITY, every: 1000 },
]
/** The same before the look that confirms a proof: a success waits for nothing else. */
const CONFIRMING = 50
/** A pod without readiness probe is ready the moment it starts; it must stay so for a moment before it proves anything. */
const STEADY = 3000

/** Looks until the rollout is proven, doomed or out of time. Errors of a single look are no reason to give up; missing rights are. */
export async function watchRollout(options: WatchOptions): Promise<WatchEnd> {
  const { look, version, deadline, cancelled, say, dooms = doomsOf, sleep = pause } = options
  const believed = beliefInDoom()
  const started = Date.now()
  let seen: Observation | undefined
  let provenSince: number | undefined
  let said = ''
  for (;;) {
    if (cancelled?.aborted) return failed({ reason: 'Cancelled', said: 'the job was cancelled' }, seen)
    let trouble = ''
    try {
      seen = await look()
    } catch (error) {
      if (!(error instanceof Fault) || /forbidden/i.test(error.message)) throw error
      trouble = error.message
    }
    const now = Date.now()
    const isProven = seen !== undefined && !trouble && proven(seen, version)
    if (seen && isProven && provenSince !== undefined)
      if (isProbed(seen) || now - provenSince >= STEADY) return { kind: 'proven', observation: seen }
    provenSince = isProven ? (provenSince ?? now) : undefined
    // A cluster that does not answer neither mends a failure nor confirms it.
    const doom = seen && !trouble && believed(dooms(seen, version), now)
    if (doom) return failed(doom, seen)
    // Ready just in time: it gets what is left of its moment, and not a look more should it not last.
    const inTime = provenSince !== undefined && provenSince <= deadline
    if (now >= deadline && !inTime) return failed(late(seen, version, trouble), seen)
    const line = seen ? progress(seen) : 'the workload is not there yet'
    if (line !== said) say(line)
    said = line
    await sleep(seen && provenSince === now && isProbed(seen) ? CONFIRMING : untilNext(started), cancelled)
  }
}

/** Milliseconds in which what was deployed long ago must be seen good, or begin to be. */
const FOUND = 2000

/**
 * Whether the pods of a revision that nobody has watched prove it by the standard of a rollout: not by one look at what
 * may crash in the next second.
 */
export async function isFoundGood(
  options: Pick<WatchOptions, 'look' | 'version' | 'cancelled' | 'sleep'>,
): Promise<boolean> {
  const end = await watchRollout({ ...options, deadline: Date.now() + FOUND, say: () => undefined })
  return end.kind === 'proven'
}

/** One look at what a helm that is still at work has brought. */
export interface UnderHelm {
  hooks: readonly Observation[]
  /** Undefined before Helm has written it. */
  workload: Observation | undefined
}

/** Milliseconds for which helm is let work alone: mostly it has ended by then. */
const ALONE = 1500
/** Milliseconds that helm, which keeps to the same deadline for one hook, gets to end by itself. */
const GRACE = 3000

/**
 * Looks, while helm is at work, only for what will not mend, and never for proof. Errors of a look are left to helm, which
 * meets the same cluster.
 * @returns what has failed; undefined when `ended` aborts
 */
export async function watchForDoom(options: {
  look: () => Promise<UnderHelm>
  version: string | undefined
  /** Milliseconds since 1970. */
  deadline: number
  ended: AbortSignal
  sleep?: Sleep
}): Promise<WatchFailed | undefined> {
  const { look, version, deadline, ended, sleep = pause } = options
  const believed = beliefInDoom()
  const started = Date.now()
  let seen: UnderHelm | undefined
  for (await sleep(ALONE, ended); !ended.aborted; await sleep(untilNext(started), ended)) {
    const now = Date.now()
    if (now >= deadline + GRACE) return { kind: 'failed', ...unendedHelm(seen?.hooks ?? []) }
    seen = await look().catch(() => undefined)
    if (!seen) continue
    const found = [
      ...seen.hooks.map((hook) => ({ observation: hook, dooms: hookDooms(hook) })),
      ...(seen.workload ? [{ observation: seen.workload, dooms: doomsOf(seen.workload, version) }] : []),
    ]
    const diagnosis = believed(
      found.flatMap(({ dooms }) => dooms),
      now,
    )
    const at = found.find(({ dooms }) => dooms.some((doom) => doom.diagnosis === diagnosis))
    if (diagnosis) return failed(diagnosis, at?.observation)
  }
  return undefined
}

function untilNext(started: number): number {
  const lasted = Date.now() - started
  return PACES.find(({ until }) => lasted < until)?.every ?? 0
}

export const pause: Sleep = async (milliseconds, ended) => {
  await wait(milliseconds, undefined, ended ? { signal: ended } : {}).catch(() => {})
}

function failed(diagnosis: Diagnosis, observation: Observation | undefined): WatchFailed {
  return { kind: 'failed', diagnosis, observation }
}

function late(seen: Observation | undefined, version: string | undefined, trouble: string): Diagnosis {
  if (trouble) return { reason: 'Timeout', said: `the cluster did not answer: ${trouble}` }
  if (!seen) return { reason: 'Timeout', said: 'the workload was never there' }
  if (proven(seen, version))
    return { reason: 'Timeout', said: 'all pods are ready, but have not been for long enough' }
  return diagnose(seen, version)
}
