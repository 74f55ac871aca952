import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '../../domain/failure.ts'
import { type Observation, progress, proven } from '../../domain/rollout.ts'
import { type Diagnosis, diagnose, doomed } from '../../domain/rollout-failure.ts'

export type WatchEnd =
  | { kind: 'proven'; observation: Observation }
  | { kind: 'failed'; diagnosis: Diagnosis; observation: Observation | undefined }

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
  /** Milliseconds; ends early when the job is cancelled. */
  sleep?: (milliseconds: number, cancelled?: AbortSignal) => Promise<void>
}

/** Milliseconds between two looks. */
const EVERY = 1000
/** A pod without readiness probe is ready the moment it starts; it must stay so for a moment before it proves anything. */
const STEADY = 3000
/** A failure that waiting will not mend is believed when it is still there after this time. */
const SURE = 5000

/** Looks until the rollout is proven, doomed or out of time. Errors of a single look are no reason to give up; missing rights are. */
export async function watchRollout(options: WatchOptions): Promise<WatchEnd> {
  const { look, version, deadline, cancelled, say, sleep = pause } = options
  let seen: Observation | undefined
  let provenSince: number | undefined
  let doomedSince: number | undefined
  let said = ''
  let trouble = ''
  for (;;) {
    if (cancelled?.aborted) return failed({ reason: 'Cancelled', said: 'the job was cancelled' }, seen)
    try {
      seen = await look()
      trouble = ''
    } catch (error) {
      if (!(error instanceof Fault) || /forbidden/i.test(error.message)) throw error
      trouble = error.message
    }
    const now = Date.now()
    const doom = seen && !trouble ? doomed(seen, version) : undefined
    provenSince = seen && !trouble && proven(seen, version) ? (provenSince ?? now) : undefined
    doomedSince = doom ? (doomedSince ?? now) : undefined
    if (seen && provenSince !== undefined && now - provenSince >= STEADY)
      return { kind: 'proven', observation: seen }
    if (doom && doomedSince !== undefined && now - doomedSince >= SURE) return failed(doom, seen)
    // Ready just in time: it gets what is left of its moment, and not a look more should it not last.
    const inTime = provenSince !== undefined && provenSince <= deadline
    if (now >= deadline && !inTime) return failed(late(seen, version, trouble), seen)
    const line = seen ? progress(seen) : 'the workload is not there yet'
    if (line !== said) say(line)
    said = line
    await sleep(EVERY, cancelled)
  }
}

const pause: NonNullable<WatchOptions['sleep']> = async (milliseconds, cancelled) => {
  await wait(milliseconds, undefined, cancelled ? { signal: cancelled } : {}).catch(() => {})
}

function failed(diagnosis: Diagnosis, observation: Observation | undefined): WatchEnd {
  return { kind: 'failed', diagnosis, observation }
}

function late(seen: Observation | undefined, version: string | undefined, trouble: string): Diagnosis {
  if (trouble) return { reason: 'Timeout', said: `the cluster did not answer: ${trouble}` }
  if (!seen) return { reason: 'Timeout', said: 'the workload was never there' }
  if (proven(seen, version))
    return { reason: 'Timeout', said: `all pods are ready, but have not been for ${STEADY / 1000} seconds` }
  return diagnose(seen, version)
}
