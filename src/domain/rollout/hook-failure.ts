import { type Diagnosis, diagnoseContainer, diagnoseEnd, diagnosePod } from './diagnosis.ts'
import { type FailFastCondition, podFailFastConditions } from './fail-fast.ts'
import type { ObservedContainer, ObservedPod, WorkloadStatus } from './workload-status.ts'

/** What Helm's failure, or the end of the wait for it, is about. */
interface HookDiagnosis {
  diagnosis: Diagnosis
  observation: WorkloadStatus | undefined
}

/**
 * The failures of a hook's pods that end the wait for Helm early: the pods cannot start. How often a hook may crash is up
 * to its Job's backoffLimit, after which Helm fails.
 */
export function hookFailFastConditions(hook: WorkloadStatus): readonly FailFastCondition[] {
  return hook.pods
    .flatMap((pod) => podFailFastConditions(pod, undefined))
    .filter(({ diagnosis: { reason } }) =>
      /^(ImagePullBackOff|CreateContainerConfigError|FailedMount|Unschedulable)$/.test(reason),
    )
    .map(({ diagnosis, graceMs }) => ({ diagnosis: toHookDiagnosis(hook, diagnosis), graceMs }))
}

function toHookDiagnosis({ workload }: WorkloadStatus, { reason: _, ...cause }: Diagnosis): Diagnosis {
  return { ...cause, reason: 'HookFailed', message: `hook ${workload}: ${cause.message}` }
}

/** Whether Helm's error is about a hook: "pre-upgrade hooks failed: ...", "failed post-install: ...". */
export function isHookError(message: string): boolean {
  return /\b(pre|post)-(install|upgrade|rollback)\b/.test(message)
}

/** Which hook failed, with the pod that shows it. If no pod shows it, the message is Helm's. */
export function diagnoseFailedHook(hooks: readonly WorkloadStatus[], helmMessage: string): HookDiagnosis {
  for (const hook of hooks)
    for (const pod of hook.pods)
      for (const container of pod.containers) {
        const failure = diagnoseContainer(pod.name, container)
        // A container that succeeded is not ready either.
        if (failure && failure.exitCode !== 0)
          return { diagnosis: toHookDiagnosis(hook, failure), observation: hook }
      }
  for (const hook of hooks) {
    const ended = hook.pods.find(({ end }) => end?.kind === 'ended' && end.reason !== 'Succeeded')
    if (ended) return { diagnosis: toHookDiagnosis(hook, diagnoseEnd(ended)), observation: hook }
  }
  const running = hooks.find(isRunning)
  const pod = running?.pods.find(isUnfinished)
  const arePodsGone = hooks.length > 0 && hooks.every(({ pods }) => pods.length === 0)
  const explanation = arePodsGone
    ? ' (its pods are gone; remove hook-failed from the hook-delete-policy to keep them as evidence)'
    : pod
      ? `; ${describeUnfinished(pod)}`
      : ''
  const container = pod && findRunning(pod)?.name
  return {
    diagnosis: {
      reason: 'HookFailed',
      ...(pod ? { pod: pod.name } : {}),
      ...(container === undefined ? {} : { container }),
      message: `${helmMessage}${explanation}`,
    },
    observation: running ?? hooks[0],
  }
}

function isUnfinished({ end, containers }: ObservedPod): boolean {
  return (
    end?.kind !== 'ended' &&
    (containers.length === 0 || containers.some(({ state }) => state !== 'terminated'))
  )
}

function isRunning({ pods }: WorkloadStatus): boolean {
  return pods.some(isUnfinished)
}

function findRunning({ containers }: ObservedPod): ObservedContainer | undefined {
  return containers.find(({ init, state }) => !init && state === 'running')
}

/** What a hook's pod still does. A Job ends when all containers of its pod have. */
function describeUnfinished(pod: ObservedPod): string {
  const running = findRunning(pod)
  if (!running) return diagnosePod(pod, undefined)?.message ?? 'its pod has not ended'
  const done = pod.containers.filter(
    ({ init, exitCode, state }) => !init && state === 'terminated' && exitCode === 0,
  )
  if (done.length === 0) return `container ${running.name} still runs`
  const names = done.map(({ name }) => name).join(', ')
  return `container ${running.name} still runs, although ${names} has completed, so the Job does not end: make ${running.name} a sidecar (an init container with restartPolicy Always), or let the hook end it`
}

/** Why Helm did not end in time. */
export function diagnoseHelmTimeout(hooks: readonly WorkloadStatus[]): HookDiagnosis {
  const hook = hooks.find(isRunning)
  if (hook) return diagnoseFailedHook([hook], `hook ${hook.workload} did not end before the timeout`)
  const message = 'helm did not end before the timeout'
  return { diagnosis: { reason: 'HelmFailed', message }, observation: undefined }
}
