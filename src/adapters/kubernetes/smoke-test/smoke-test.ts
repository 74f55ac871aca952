import { randomBytes } from 'node:crypto'
import { Fault, UserError } from '../../../domain/core/errors.ts'
import { type Diagnosis, diagnose } from '../../../domain/rollout/diagnosis.ts'
import { failFastConditions } from '../../../domain/rollout/fail-fast.ts'
import type { GoldenRequest, ProbeResponse } from '../../../domain/rollout/golden-requests.ts'
import { redact, sanitizeMessage } from '../../../domain/rollout/redaction.ts'
import {
  hasReadinessProbes,
  type ObservedPod,
  type WorkloadStatus,
} from '../../../domain/rollout/workload-status.ts'
import { parseMissingPermission } from '../../cluster-access/error-hints.ts'
import type { ClusterConnection } from '../client/connection.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { type ObjectRef, type Pod, pod } from '../client/objects.ts'
import { createActivityReporter } from '../rollout/activity-reporter.ts'
import { readPodVersion } from '../rollout/observe.ts'
import { type ObserveOptions, toPodStatus, toStatusWithoutRollout } from '../rollout/pod-status.ts'
import { createStartupReader } from '../rollout/startup-reader.ts'
import { abortableSleep, type Sleep, type WatchFailure, watchRollout } from '../rollout/watch-rollout.ts'
import { sendRequest } from './send-request.ts'
import { buildSmokeTestPod, type SmokeTestPod, smokeTestSelector } from './smoke-test-pod.ts'

/** A pod of the candidate, beside the release. */
export type SmokeTest = ReturnType<typeof createSmokeTest>

export interface SmokeTestPlan {
  /** What Helm renders. `ref` is the serving workload in it. */
  manifest: string
  /** The manifest of the newest revision; empty: none or unknown. */
  previousManifest: string
  ref: ObjectRef
  release: string
  version: string
  /** Run and attempt of the job, as a label value. */
  runId: string
  requests: readonly GoldenRequest[]
  /** Milliseconds since 1970. */
  deadline: number
  /** Fails soon if no node has a place for the pod. */
  needsPlaceNow?: true
}

type ClusterTools = Pick<ClusterConnection, 'namespace' | 'kubectl' | 'uncancellableKubectl' | 'portForward'>
export interface SmokeTestContext extends ClusterTools, ObserveOptions {
  cancelled: AbortSignal | undefined
  onProgress: (line: string) => void
  sleep?: Sleep
}

/** Milliseconds in which the scheduler must find a node if a place is needed now. */
const PLACE_GRACE_MS = 10_000
/** Milliseconds between two attempts to connect. */
const RETRY_INTERVAL_MS = 500
/** For a server with a readiness probe. A server without one may not listen yet, so it has until the deadline. */
const MAX_ATTEMPTS = 4
/** Seconds after the deadline until Kubernetes ends the pod: time for the evidence, and for clock skew. */
const DEADLINE_MARGIN_SECONDS = 120

/**
 * Creates the pod. Deletes smoke test pods that earlier runs left first.
 * @throws UserError if a request names an unknown port; Fault if Kubernetes fails
 */
export async function startSmokeTest(
  context: SmokeTestContext,
  plan: SmokeTestPlan,
): Promise<SmokeTest | WatchFailure> {
  const { kubectl, namespace } = context
  const { manifest, previousManifest, ref, release, version, runId, deadline } = plan
  if (ref.namespace !== undefined && ref.namespace !== namespace)
    throw new UserError(
      `Input verify: ${ref.kind}/${ref.name} is in namespace ${ref.namespace}, but a smoke test can only run in the namespace of the release, ${namespace}; omit the input.`,
    )
  const activeDeadlineSeconds = Math.ceil((deadline - Date.now()) / 1000) + DEADLINE_MARGIN_SECONDS
  const pod = buildSmokeTestPod(
    manifest,
    ref,
    { podName: generatePodName(release, version), release, runId, activeDeadlineSeconds },
    previousManifest,
  )
  for (const { port } of plan.requests) resolvePort(pod, port)
  await deleteSmokeTestPods(context.uncancellableKubectl, release)
  try {
    await kubectl.create(pod.object)
  } catch (error) {
    const diagnosis = diagnoseRejectedPod(error)
    if (!diagnosis) throw error
    return { kind: 'failed', diagnosis, observation: undefined }
  }
  return createSmokeTest(context, plan, pod)
}

function createSmokeTest(
  context: SmokeTestContext,
  { version, deadline, needsPlaceNow }: SmokeTestPlan,
  pod: SmokeTestPod,
) {
  const { kubectl, cancelled, onProgress, sleep = abortableSleep } = context
  const { name } = pod.object.metadata
  const readStartup = createStartupReader(kubectl, context.disclosure)
  let last: SmokeTestStatus | undefined
  const observe = async () => {
    const found = await kubectl.get(['pod', name])
    if (found !== undefined) last = await readSmokeTestStatus(kubectl, found, context)
    else if (last) last.failure = { reason: 'Timeout', pod: name, message: DELETED_MESSAGE }
    return last && readStartup(last.observation)
  }
  return {
    kind: 'started' as const,
    /** How the pod differs from the pods of the rollout. If it does, its failure may not be the model's. */
    notes: pod.notes,
    /** Watches until its containers are ready and it names the version, or it fails. */
    waitUntilReady: async () => {
      const result = await watchRollout({
        observe,
        version,
        deadline,
        cancelled,
        onProgress,
        reportActivity: createActivityReporter(kubectl, context.disclosure, onProgress),
        sleep,
        findFailFastConditions: (status, wanted) => {
          if (last?.failure) return [{ diagnosis: last.failure, graceMs: 0 }]
          const noPlace = needsPlaceNow && status.pods.some(({ unschedulable }) => unschedulable)
          return [
            ...failFastConditions(status, wanted),
            ...(noPlace ? [{ diagnosis: diagnose(status, wanted), graceMs: PLACE_GRACE_MS }] : []),
          ]
        },
      })
      if (result.kind === 'verified' || result.diagnosis.reason !== 'Unschedulable') return result
      const message = `${result.diagnosis.message}; a smoke test needs room for one pod beside those of the release`
      return { ...result, diagnosis: { ...result.diagnosis, message } }
    },
    /** Sends a request. A refused connection is retried while the server may still start to listen. */
    async sendRequest(request: GoldenRequest): Promise<ProbeResponse | WatchFailure> {
      const port = resolvePort(pod, request.port)
      for (let attempt = 1; ; attempt += 1) {
        const response = await context
          .portForward(name, port, (localPort) => sendRequest(localPort, request))
          .catch((error: unknown): ProbeResponse => {
            if (!(error instanceof Fault) || parseMissingPermission(error.message)) throw error
            return { kind: 'connection-failed', reason: error.message }
          })
        if (response.kind !== 'connection-failed') return response
        // The request may have crashed the server. That is the cause then.
        const observation = await observe()
        if (last?.failure) return { kind: 'failed', diagnosis: last.failure, observation }
        const maxAttempts =
          observation && hasReadinessProbes(observation) ? MAX_ATTEMPTS : Number.POSITIVE_INFINITY
        if (attempt >= maxAttempts || cancelled?.aborted || Date.now() + RETRY_INTERVAL_MS > deadline)
          return response
        await sleep(RETRY_INTERVAL_MS, cancelled)
      }
    },
  }
}

/** Deletes the smoke test pods of a release: those of one run, or of all runs. */
export async function deleteSmokeTestPods(kubectl: Kubectl, release: string, runId?: string): Promise<void> {
  const flags = ['--wait=false', '--grace-period=1', '--ignore-not-found']
  await kubectl.run(['delete', 'pods', '--selector', smokeTestSelector(release, runId), ...flags])
}

/** At most 63 characters, for the host name. The last letters are no number, so that no StatefulSet counts the pod. */
function generatePodName(release: string, version: string): string {
  const letters = [...randomBytes(5)].map((byte) => 'bcdfghjklmnpqrstvwxz'[byte % 20]).join('')
  const suffix = `-smoke-test-${version}-${letters}`
  return release.slice(0, 63 - suffix.length).replace(/-+$/, '') + suffix
}

function resolvePort({ ports }: SmokeTestPod, port: string | number): number {
  const number = typeof port === 'number' ? port : ports.get(port)
  if (number !== undefined) return number
  const names = [...ports.keys()].join(', ')
  throw new UserError(
    `Input verify: no container names a port ${JSON.stringify(port)}; ${names ? `the named ports are ${names}` : 'no port has a name, so give its number'}.`,
  )
}

/** Why Kubernetes rejected the pod (quota, a policy, a webhook); undefined: it did not. */
function diagnoseRejectedPod(error: unknown): Diagnosis | undefined {
  if (!(error instanceof Fault) || parseMissingPermission(error.message)) return undefined
  const { detail } = error
  const isRejection = /\((Forbidden|BadRequest)\)|admission webhook |^The Pod "[^"]*" is invalid/m.test(
    detail,
  )
  return isRejection ? { reason: 'FailedCreate', message: redact(detail) } : undefined
}

/** One observation of the smoke test pod, as if it were a rollout of one pod. */
interface SmokeTestStatus {
  observation: WorkloadStatus
  /** Why it will never serve; undefined: it serves, or may. */
  failure: Diagnosis | undefined
}

const DELETED_MESSAGE = 'the pod was deleted before it responded'

/** Reads the status of the pod. Its readiness gate never opens, so its containers decide whether it is ready. */
async function readSmokeTestStatus(
  kubectl: Kubectl,
  object: unknown,
  options: ObserveOptions,
): Promise<SmokeTestStatus> {
  const parsed = pod.parse(object)
  const { metadata, status } = parsed
  const sanitize = (text: string) => sanitizeMessage(text, options.disclosure ?? 'redacted')
  const ready = status.conditions.some((one) => one.type === 'ContainersReady' && one.status === 'True')
  const version = await readPodVersion(kubectl, parsed, ready, options.versionFrom)
  const observed: ObservedPod = { ...toPodStatus(parsed, options), ready, updated: true, version }
  const observation: WorkloadStatus = {
    ...toStatusWithoutRollout(`pod/${metadata.name}`, metadata.namespace, [observed]),
    template: metadata.name,
    conditions: status.conditions.map((one) => ({ ...one, message: sanitize(one.message) })),
  }
  const termination = describeExternalTermination(parsed)
  if (termination) {
    const message = sanitize(termination)
    return { observation, failure: { reason: 'Timeout', pod: observed.name, message } }
  }
  const failure = hasTerminated(parsed, observed) ? diagnose(observation, undefined) : undefined
  return { observation, failure }
}

/** Why Kubernetes or a person ended the pod; undefined: not so. */
function describeExternalTermination({ metadata, status }: Pod): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return DELETED_MESSAGE
  // Evicted, DeadlineExceeded, NodeShutdown, ...: the pod's reason, not a container's.
  return status.reason && `${status.reason}: ${status.message}`
}

/** No container is restarted, so one termination is final. */
function hasTerminated({ status }: Pod, { containers }: ObservedPod): boolean {
  const hasStopped = containers.some(
    ({ ignored, init, state, exitCode }) => !ignored && state === 'terminated' && !(init && exitCode === 0),
  )
  return hasStopped || ['Succeeded', 'Failed'].includes(status.phase)
}
