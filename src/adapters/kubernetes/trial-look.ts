import type { Observation, PodSeen } from '../../domain/rollout.ts'
import { type Diagnosis, diagnose } from '../../domain/rollout-failure.ts'
import { aboutPods } from '../../domain/rollout-redaction.ts'
import { podSeen, type Telling } from './containers.ts'
import { type Pod, pod } from './objects.ts'
import type { VersionFrom } from './pod-version.ts'

/** One look at the pod of a trial, in the words of a rollout of one pod. */
export interface TrialSeen {
  observation: Observation
  /** Why it will never serve; undefined where it does or may. */
  over: Diagnosis | undefined
}

/**
 * What is seen of it. Its containers decide whether it is ready: for its Services it never is.
 * @param versionOf reads its version, once it is ready
 */
export async function trialSeen(
  found: unknown,
  versionFrom: VersionFrom,
  telling: Telling,
  versionOf: (each: Pod, ready: boolean) => Promise<string | undefined>,
): Promise<TrialSeen> {
  const each = pod.parse(found)
  const { metadata, status } = each
  const told = (text: string) => aboutPods(text, telling.words)
  const ready = status.conditions.some((one) => one.type === 'ContainersReady' && one.status === 'True')
  const known = podSeen(each, versionFrom, telling)
  const seen: PodSeen = { ...known, ready, fresh: true, version: await versionOf(each, ready) }
  const observation: Observation = {
    workload: `pod/${metadata.name}`,
    namespace: metadata.namespace ?? 'default',
    desired: 1,
    observed: true,
    template: metadata.name,
    available: undefined,
    held: undefined,
    conditions: status.conditions.map((one) => ({ ...one, message: told(one.message) })),
    createFailure: undefined,
    pods: [seen],
  }
  const gone = endedByOthers(each)
  if (gone) return { observation, over: { reason: 'Timeout', pod: seen.name, said: told(gone) } }
  return { observation, over: hasEnded(each, seen) ? diagnose(observation, undefined) : undefined }
}

/** What the cluster, or a person, did to it: its containers were ended, and did not end. */
function endedByOthers({ metadata, status }: Pod): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'it was deleted before it had answered'
  // Evicted, DeadlineExceeded, NodeShutdown, ...: a reason of the pod, not of a container.
  return status.reason && `${status.reason}: ${status.message}`
}

/** Nothing of it is started again, so one end is the end. */
function hasEnded({ status }: Pod, { containers }: PodSeen): boolean {
  const down = containers.some(
    ({ ignored, init, state, exitCode }) => !ignored && state === 'terminated' && !(init && exitCode === 0),
  )
  return down || ['Succeeded', 'Failed'].includes(status.phase)
}
