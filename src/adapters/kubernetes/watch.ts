import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '../../domain/failure.ts'
import { isProbed, type Observation, progress, proven } from '../../domain/rollout.ts'
import { beliefInDoom, type Doom, doomsOf } from '../../domain/rollout-doom.ts'
import { type Diagnosis, diagnose } from '../../domain/rollout-failure.ts'

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
  sleep?: Sleep
}

/** Milliseconds between two looks. */
const EVERY = 500
/** A pod without readiness probe is ready the moment it starts; it must stay so for a moment before it proves anything. */
const STEADY = 3000

/** Looks until the rollout is proven, doomed or out of time. Errors of a single look are no reason to give up; missing rights are. */
export async function watchRollout(options: WatchOptions): Promise<WatchEnd> {
  const { look, version, deadline, cancelled, say, sleep = pause } = options
  const believed = beliefInDoom()
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
    const doom = seen && !trouble && believed(doomsOf(seen, version), now)
    if (doom) return failed(doom, seen)
    // Ready just in time: it gets what is left of its moment, and not a look more should it not last.
    const inTime = provenSince !== undefined && provenSince <= deadline
    if (now >= deadline && !inTime) return failed(late(seen, version, trouble), seen)
    const line = seen ? progress(seen) : 'the workload is not there yet'
    if (line !== said) say(line)
    said = line
    await sleep(EVERY, cancelled)
  }
}

/** What is seen at one look, and what of it will hardly mend. */
export interface Glance {
  observation: Observation
  dooms: readonly Doom[]
}

/** Milliseconds for which helm is let work alone: mostly it has ended by then. */
const ALONE = 1500

/**
 * Looks, while something else is at work, only for what will not mend. Errors of a look are left to the one who works.
 * @returns what has failed; undefined when `ended` aborts
 */
export async function watchForDoom(options: {
  look: () => Promise<readonly Glance[]>
  ended: AbortSignal
  sleep?: Sleep
}): Promise<WatchFailed | undefined> {
  const { look, ended, sleep = pause } = options
  const believed = beliefInDoom()
  for (await sleep(ALONE, ended); !ended.aborted; await sleep(EVERY, ended)) {
    const seen = await look().catch(() => undefined)
    if (!seen) continue
    const dooms = seen.flatMap((each) => each.dooms)
    const diagnosis = believed(dooms, Date.now())
    if (diagnosis && !ended.aborted) {
      const at = seen.find((each) => each.dooms.some((doom) => doom.diagnosis === diagnosis))
      return failed(diagnosis, at?.observation)
    }
  }
  return undefined
}

const pause: Sleep = async (milliseconds, ended) => {
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
