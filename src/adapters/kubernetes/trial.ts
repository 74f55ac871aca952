import { randomBytes } from 'node:crypto'
import { Fault, UserError } from '../../domain/failure.ts'
import { isProbed } from '../../domain/rollout.ts'
import { doomsOf } from '../../domain/rollout-doom.ts'
import type { Diagnosis } from '../../domain/rollout-failure.ts'
import { redact } from '../../domain/rollout-redaction.ts'
import type { GoldenRequest, Heard } from '../../domain/verify.ts'
import type { Telling } from './containers.ts'
import { missingRight } from './forbidden.ts'
import type { Kubectl } from './kubectl.ts'
import type { Pod } from './objects.ts'
import { versionOf } from './observe.ts'
import type { VersionFrom } from './pod-version.ts'
import type { Forward } from './trial-forward.ts'
import { type TrialSeen, trialSeen } from './trial-look.ts'
import { type TrialPod, trialPod, trialsOf } from './trial-pod.ts'
import { ask } from './trial-request.ts'
import { pause, type Sleep, type WatchEnd, type WatchFailed, watchRollout } from './watch.ts'
import type { WorkloadRef } from './workload.ts'

/** A pod of the candidate, beside the release. */
export interface Trial {
  kind: 'begun'
  /** In what it differs from the pods of the rollout, where that may matter: then its end proves nothing of the model. */
  notes: readonly string[]
  /** Watches until its containers are ready and it names the version, or never will. */
  up(): Promise<WatchEnd>
  /** Its answer to a request; where it takes no connection, asked again while it may still do so. */
  ask(request: GoldenRequest): Promise<Heard | WatchFailed>
}

export interface TrialPlan {
  /** What Helm renders, and the workload in it that serves. */
  manifest: string
  /** The manifest of the newest revision; empty where there is none, or it is not known. */
  before: string
  ref: WorkloadRef
  release: string
  version: string
  /** Of the job; a label's value. */
  run: string
  requests: readonly GoldenRequest[]
  /** Milliseconds since 1970. */
  deadline: number
}

export interface TrialTools {
  namespace: string
  kubectl: Kubectl
  /** Works on when the job is cancelled. */
  tidying: Kubectl
  forward: Forward
  versionFrom: VersionFrom
  telling: Telling
  cancelled: AbortSignal | undefined
  say: (line: string) => void
  sleep?: Sleep
}

/** Milliseconds until a server that takes no connection is asked again. */
const AGAIN = 500
/** How often one is asked that has said itself that it is ready. Without a probe it may just not have begun to listen. */
const TIMES = 4
/** Seconds that the cluster lets a pod live beyond its time, should nobody end it: for evidence, and clocks that differ. */
const BEYOND = 120

/**
 * Starts the pod, where the cluster lets it. What is left of a trial of a dead run goes first.
 * @throws UserError where a request names a port that no container has; Fault where Kubernetes fails
 */
export async function beginTrial(tools: TrialTools, plan: TrialPlan): Promise<Trial | WatchFailed> {
  const { kubectl, namespace } = tools
  const { manifest, before, ref, release, version, run, deadline } = plan
  if (ref.namespace !== undefined && ref.namespace !== namespace)
    throw new UserError(
      `Input verify: ${ref.kind}/${ref.name} is in namespace ${ref.namespace}, and a pod can only be tried out in that of its release, ${namespace}; leave the input out.`,
    )
  const seconds = Math.ceil((deadline - Date.now()) / 1000) + BEYOND
  const made = trialPod(manifest, ref, { pod: podName(release, version), release, run, seconds }, before)
  const ports = new Map(plan.requests.map(({ port }) => [port, portOf(made, port)] as const))
  await endTrials(tools.tidying, release)
  try {
    await kubectl.create(made.object)
  } catch (error) {
    const diagnosis = refusedPod(error)
    if (!diagnosis) throw error
    return { kind: 'failed', diagnosis, observation: undefined }
  }
  return trialOf(tools, plan, made, ports)
}

function trialOf(
  tools: TrialTools,
  { version, deadline }: TrialPlan,
  { object, notes }: TrialPod,
  ports: ReadonlyMap<string | number, number>,
): Trial {
  const { kubectl, versionFrom, telling, cancelled, say, sleep = pause } = tools
  const { name } = object.metadata
  let last: TrialSeen | undefined
  const named = (each: Pod, ready: boolean) => versionOf(kubectl, each, ready, versionFrom)
  const look = async () => {
    const found = await kubectl.get(['pod', name])
    last = found === undefined ? gone(name, last) : await trialSeen(found, versionFrom, telling, named)
    return last?.observation
  }
  return {
    kind: 'begun',
    notes,
    up: () =>
      watchRollout({
        look,
        version,
        deadline,
        cancelled,
        say,
        sleep,
        dooms: (seen, wanted) =>
          last?.over ? [{ diagnosis: last.over, patience: 0 }] : doomsOf(seen, wanted),
      }),
    async ask(request) {
      const port = ports.get(request.port) ?? 0
      for (let times = 1; ; times += 1) {
        const heard = await tools
          .forward(name, port, (local) => ask(local, request))
          .catch((error: unknown): Heard => {
            if (!(error instanceof Fault) || missingRight(error.message)) throw error
            return { kind: 'none', why: error.message }
          })
        if (heard.kind !== 'none') return heard
        // It may have ended over the request: then that is the cause.
        const observation = await look()
        if (last?.over) return { kind: 'failed', diagnosis: last.over, observation }
        const most = observation && isProbed(observation) ? TIMES : Number.POSITIVE_INFINITY
        if (times >= most || cancelled?.aborted || Date.now() + AGAIN > deadline) return heard
        await sleep(AGAIN, cancelled)
      }
    },
  }
}

/** Removes the pods of trials of a release: those of one run, or whoever left them. */
export async function endTrials(kubectl: Kubectl, release: string, run?: string): Promise<void> {
  const how = ['--wait=false', '--grace-period=1', '--ignore-not-found']
  await kubectl.run(['delete', 'pods', '--selector', trialsOf(release, run), ...how])
}

/** At most 63 characters, so that it is the pod's host name, too; letters at the end, so that no StatefulSet counts it. */
function podName(release: string, version: string): string {
  const letters = [...randomBytes(5)].map((byte) => 'bcdfghjklmnpqrstvwxz'[byte % 20]).join('')
  const end = `-verify-${version}-${letters}`
  return release.slice(0, 63 - end.length).replace(/-+$/, '') + end
}

function portOf({ ports }: TrialPod, port: string | number): number {
  const number = typeof port === 'number' ? port : ports.get(port)
  if (number !== undefined) return number
  const known = [...ports.keys()].join(', ')
  throw new UserError(
    `Input verify: no container names a port ${JSON.stringify(port)}; ${known ? `named are ${known}` : 'none is named, so give its number'}.`,
  )
}

/** Why the cluster does not take the pod (quota, a policy, a webhook); undefined where that is not what happened. */
function refusedPod(error: unknown): Diagnosis | undefined {
  if (!(error instanceof Fault) || missingRight(error.message)) return undefined
  const { said } = error
  const isRefusal = /\((Forbidden|BadRequest)\)|admission webhook |^The Pod "[^"]*" is invalid/m.test(said)
  return isRefusal ? { reason: 'FailedCreate', said: redact(said) } : undefined
}

function gone(name: string, last: TrialSeen | undefined): TrialSeen | undefined {
  const over: Diagnosis = { reason: 'Timeout', pod: name, said: 'it was deleted before it had answered' }
  return last && { ...last, over }
}
