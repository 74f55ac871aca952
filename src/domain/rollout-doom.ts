import { ends, type Observation, type PodSeen, serves } from './rollout.ts'
import { containerFailure, type Diagnosis, diagnose, otherVersion } from './rollout-failure.ts'

/** A failure that waiting will hardly mend. */
export interface Doom {
  diagnosis: Diagnosis
  /** Milliseconds, more than 0, for which it must be there without a break before it is believed. */
  patience: number
}

/** A second end is no accident: it is seen for a moment, which is two looks or three. */
const CRASHED = 400
/** A retry of the pull may be on its way, and a registry may be just about to get the image. */
const NO_IMAGE = 10_000
/** An operator may be bringing the Secret; someone may be about to resume; a server may first name what it had before. */
const MAY_COME = 30_000
/** Pods of others may end, and leave room in the quota. */
const MAY_FREE = 60_000
/** The condition of the rollout before may stand until the controller has counted the new pods. */
const STALE = 3000

/**
 * What will hardly mend by itself, by the newest pods only and never where one of them serves. A slow start, one crash, a
 * full cluster, a failing readiness probe and a registry that does not answer are not among it: they get all the time
 * there is.
 */
export function doomsOf(observation: Observation, version: string | undefined): readonly Doom[] {
  const { observed, held, createFailure, desired, pods } = observation
  if (held === 'paused') return [{ diagnosis: diagnose(observation, version), patience: MAY_COME }]
  // Scaled to zero: unless someone scales it up again, nobody will ever see anything serve.
  if (observed && desired === 0) return [{ diagnosis: diagnose(observation, version), patience: MAY_COME }]
  const fresh = pods.filter((pod) => pod.fresh)
  if (!observed || fresh.some((pod) => serves(pod, version))) return []
  const noPods: Doom[] =
    createFailure !== undefined && fresh.length < desired
      ? [{ diagnosis: { reason: 'FailedCreate', said: createFailure }, patience: MAY_FREE }]
      : []
  return [...fresh.flatMap((pod) => podDooms(pod, version)), ...noPods, ...overdue(observation, version)]
}

/** The same of one pod. */
export function podDooms(pod: PodSeen, version: string | undefined): readonly Doom[] {
  if (pod.ready) return wrongVersion(pod, version)
  return pod.containers.flatMap((container) => {
    const diagnosis = containerFailure(pod.name, container)
    const patience = diagnosis && patienceFor(diagnosis, container.reason, ends(container))
    return diagnosis && patience !== undefined ? [{ diagnosis, patience }] : []
  })
}

/** Milliseconds; undefined where it may mend at any time. */
function patienceFor({ reason, said }: Diagnosis, waitsFor: string, times: number): number | undefined {
  switch (reason) {
    case 'ImagePullBackOff':
      if (/^(ErrImageNeverPull|InvalidImageName)$/.test(waitsFor)) return CRASHED
      return isNowhere(said) ? NO_IMAGE : undefined
    case 'CreateContainerConfigError':
      if (times >= 2) return CRASHED
      return UNSETTLED.test(said) || times > 0 ? undefined : MAY_COME
    default:
      return times >= 2 ? CRASHED : undefined
  }
}

/** The kubelet itself is behind or busy; nothing is known of the pod yet. */
const UNSETTLED = /failed to sync .{0,40}cache|deadline exceeded|timed out|is reserved for/i
/** The registry was not reached, or does not want to be asked now. */
const UNREACHED =
  /no such host|connection (refused|reset)|time(d )?out|deadline exceeded|temporary failure|network is unreachable|no route to host|too ?many ?requests|rate limit|\b(429|50\d)\b|\bEOF\b/i
/** It was, and does not have the image, or not for us. */
const NOWHERE =
  /not found|manifest unknown|name unknown|unauthorized|denied|forbidden|authentication required|authorization failed|no basic auth|invalid reference|no match for platform|does not exist/i

/** Whether what the kubelet says of a pull means that the image is not there, or not allowed, and not only out of reach. */
function isNowhere(said: string): boolean {
  return NOWHERE.test(said) && !UNREACHED.test(said)
}

/** A pod that is ready and serves another version. One that does not say (yet) which is left to the timeout. */
function wrongVersion(pod: PodSeen, version: string | undefined): Doom[] {
  if (pod.version === undefined || version === undefined) return []
  const said = otherVersion(pod.version, version)
  return [{ diagnosis: { reason: 'WrongVersion', pod: pod.name, said }, patience: MAY_COME }]
}

/** The chart's own word: its progressDeadlineSeconds have passed without progress. */
function overdue(observation: Observation, version: string | undefined): Doom[] {
  const condition = observation.conditions.find(
    ({ type, status, reason }) =>
      type === 'Progressing' && status === 'False' && reason === 'ProgressDeadlineExceeded',
  )
  if (!condition) return []
  const cause = diagnose(observation, version)
  const said = `progressDeadlineSeconds of ${observation.workload} passed (${condition.message}): ${cause.said}`
  return [{ diagnosis: cause.reason === 'Timeout' ? { ...cause, said } : cause, patience: STALE }]
}

/**
 * Remembers since when each failure has been there, and tells of one that has lasted for its patience, and so was seen
 * more than once.
 * @returns a function of what is seen now, and of the time in milliseconds
 */
export function beliefInDoom(): (dooms: readonly Doom[], now: number) => Diagnosis | undefined {
  let since = new Map<string, number>()
  return (dooms, now) => {
    since = new Map(dooms.map((doom) => [nameOf(doom), since.get(nameOf(doom)) ?? now] as const))
    return dooms.find((doom) => now - (since.get(nameOf(doom)) ?? now) >= doom.patience)?.diagnosis
  }
}

function nameOf({ diagnosis: { reason, pod, container } }: Doom): string {
  return JSON.stringify([reason, pod, container])
}
