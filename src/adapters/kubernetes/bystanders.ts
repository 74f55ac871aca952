import { progress, settled } from '../../domain/rollout.ts'
import { diagnose, sentenceOf } from '../../domain/rollout-failure.ts'
import type { PodWords } from '../../domain/rollout-redaction.ts'
import type { Kubectl } from './kubectl.ts'
import { observe } from './observe.ts'
import { NOWHERE } from './pod-version.ts'
import type { WorkloadRef } from './workload.ts'

/**
 * What a release has besides the workload that serves its model, as far as that is not up: each in a sentence. One look,
 * without waiting, so it may be a slow start. A model is not taken back for a worker that crashes; but whoever deployed
 * it wants to know.
 */
export async function bystanders(
  kubectl: Kubectl,
  workloads: readonly WorkloadRef[],
  words: PodWords | undefined,
): Promise<string[]> {
  const told = workloads.map(async (ref) => {
    const seen = await observe(kubectl, ref, NOWHERE, words)
    if (!seen || seen.desired === 0 || settled(seen)) return []
    const diagnosis = diagnose(seen, undefined)
    const why = diagnosis.reason === 'Timeout' ? diagnosis.said : sentenceOf(diagnosis)
    return `${seen.workload} has ${progress(seen)} (${why}). It serves no model, so nothing is taken back for it.`
  })
  return (await Promise.all(told)).flat()
}
