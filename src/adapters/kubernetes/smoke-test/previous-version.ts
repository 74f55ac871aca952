import { errorMessage } from '../../../domain/core/errors.ts'
import { formatDiagnosis } from '../../../domain/rollout/diagnosis.ts'
import { differsOnlyInVersion } from '../../../domain/rollout/same-template.ts'
import type { WorkloadStatus } from '../../../domain/rollout/workload-status.ts'
import {
  deleteSmokeTestPods,
  type SmokeTestContext,
  type SmokeTestPlan,
  startSmokeTest,
} from './smoke-test.ts'
import { readTemplate } from './smoke-test-pod.ts'

/** Whether the previous version starts in the pod template in which the candidate exited. */
export type PreviousStart =
  /** `beside`: in a pod that was created for it; else a pod of the release has started since. */
  | { kind: 'started'; beside: boolean }
  /** It exits, too. */
  | { kind: 'failed' }
  /** The comparison says nothing. `cause` is a clause. */
  | { kind: 'not-comparable'; cause: string }

export interface PreviousVersionPlan
  extends Pick<
    SmokeTestPlan,
    'manifest' | 'previousManifest' | 'ref' | 'release' | 'version' | 'runId' | 'deadline'
  > {
  /** The version that exited. `version` is the previous one. */
  candidate: string
  /** When the candidate's pod was created, by the API server's clock; undefined: unknown. */
  candidateCreatedAt: string | undefined
}

/** Milliseconds that the previous version gets at least. */
const MIN_TIME_MS = 5000

/**
 * Compares with the previous version: its pods that have started since the candidate's, or one pod beside the release, as
 * in a smoke test. Never throws.
 * @param observeLive the live pods
 */
export async function startPreviousVersion(
  context: SmokeTestContext,
  plan: PreviousVersionPlan,
  observeLive: () => Promise<WorkloadStatus | undefined>,
): Promise<PreviousStart> {
  const { manifest, previousManifest, ref, release, version, candidate, candidateCreatedAt } = plan
  const templates = [manifest, previousManifest].map((each) => readTemplate(each, ref))
  if (!templates[1] || !differsOnlyInVersion(templates[0], templates[1], [candidate, version]))
    return {
      kind: 'not-comparable',
      cause: `more than the version differs between the pod templates of versions ${candidate} and ${version}`,
    }
  try {
    const live = await observeLive()
    const hasStartedSince = live?.pods.some(
      (pod) =>
        pod.ready &&
        pod.version === version &&
        candidateCreatedAt !== undefined &&
        (pod.createdAt ?? '') > candidateCreatedAt,
    )
    if (hasStartedSince) return { kind: 'started', beside: false }
    if (plan.deadline - Date.now() < MIN_TIME_MS) throw new Error('no time was left')
    return await startBeside(context, {
      ...plan,
      manifest: previousManifest,
      requests: [],
      needsPlaceNow: true,
    })
  } catch (error) {
    return {
      kind: 'not-comparable',
      cause: `version ${version} could not be started beside release ${release}: ${errorMessage(error)}`,
    }
  }
}

async function startBeside(context: SmokeTestContext, plan: SmokeTestPlan): Promise<PreviousStart> {
  const { uncancellableKubectl } = context
  const { release, runId, version } = plan
  try {
    const smokeTest = await startSmokeTest(context, plan)
    const end = smokeTest.kind === 'failed' ? smokeTest : await smokeTest.waitUntilReady()
    if (end.kind === 'verified') return { kind: 'started', beside: true }
    const { reason } = end.diagnosis
    if (/^(CrashLoopBackOff|InitContainerFailed|OOMKilled)$/.test(reason)) return { kind: 'failed' }
    const cause = `version ${version} did not start beside release ${release} either: ${formatDiagnosis(end.diagnosis)}`
    return { kind: 'not-comparable', cause }
  } finally {
    // If this fails, the post step deletes the pod, then the next run, then the pod's own deadline.
    await deleteSmokeTestPods(uncancellableKubectl, release, runId).catch(() => undefined)
  }
}
