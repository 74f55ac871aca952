import type { Observation } from './rollout.ts'
import { type Doom, podDooms } from './rollout-doom.ts'
import { containerFailure, type Diagnosis } from './rollout-failure.ts'

/**
 * What of a hook's pods will not mend while Helm waits for it: they cannot even start. How often it may crash is its own
 * Job's word (backoffLimit), upon which Helm fails by itself.
 */
export function hookDooms(hook: Observation): readonly Doom[] {
  return hook.pods
    .flatMap((pod) => podDooms(pod, undefined))
    .filter(({ diagnosis: { reason } }) => /^(ImagePullBackOff|CreateContainerConfigError)$/.test(reason))
    .map(({ diagnosis, patience }) => ({ diagnosis: ofHook(hook, diagnosis), patience }))
}

function ofHook({ workload }: Observation, { reason: _, ...cause }: Diagnosis): Diagnosis {
  return { ...cause, reason: 'HookFailed', said: `hook ${workload}: ${cause.said}` }
}

/** Helm 3: "pre-upgrade hooks failed: ...", "failed post-install: ..."; Helm 4 alike. */
const HOOK = /\b(pre|post)-(install|upgrade|rollback)\b/

/** Whether Helm's error is about a hook. */
export function isAboutHook(said: string): boolean {
  return HOOK.test(said)
}

/** Which of the hooks failed, and the pod that shows it; where none does, Helm's own words have to do. */
export function failedHook(
  hooks: readonly Observation[],
  said: string,
): { diagnosis: Diagnosis; observation: Observation | undefined } {
  for (const hook of hooks)
    for (const pod of hook.pods)
      for (const container of pod.containers) {
        const failure = containerFailure(pod.name, container)
        // A container that has done its work is not ready either.
        if (failure && failure.exitCode !== 0) return { diagnosis: ofHook(hook, failure), observation: hook }
      }
  const running = hooks.find(isAtWork)
  const [pod] = running?.pods ?? []
  const gone = hooks.length > 0 && hooks.every(({ pods }) => pods.length === 0)
  const words = gone
    ? `${said} (its pods are gone; without the hook-delete-policy hook-failed they would stay for evidence)`
    : said
  return {
    diagnosis: { reason: 'HookFailed', ...(pod ? { pod: pod.name } : {}), said: words },
    observation: running ?? hooks[0],
  }
}

function isAtWork({ pods }: Observation): boolean {
  return pods.some(({ containers }) => containers.some(({ state }) => state !== 'terminated'))
}

/** Why Helm has not ended in time, by what is seen of its hooks. */
export function unendedHelm(hooks: readonly Observation[]): {
  diagnosis: Diagnosis
  observation: Observation | undefined
} {
  const hook = hooks.find(isAtWork)
  if (!hook)
    return {
      diagnosis: { reason: 'HelmFailed', said: 'helm had not ended when the time was over' },
      observation: undefined,
    }
  return failedHook([hook], `hook ${hook.workload} had not ended when the time was over`)
}
