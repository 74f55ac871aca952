import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../../domain/failure.ts'
import { type Kubectl, placeOf } from './kubectl.ts'
import { listOf, type Pod, pod, selectorText, type Workload, workload } from './objects.ts'
import type { WorkloadRef } from './workload.ts'

/** Looks, half a second apart, in which the controller has to notice that the template is another one. */
const LOOKS = 40

/**
 * Removes the pods that keep a StatefulSet from going back, or on over what an earlier rollout has left. Its controller,
 * unless it manages pods in parallel, waits for every pod to be ready before it replaces one, so the broken pod of a
 * version that is given up stays for ever, and has to be deleted by hand (kubernetes.io, "Forced rollback"; kubernetes
 * issue 67250). Deleted is only a pod that is not ready, has another template than the one that is wanted now and is not
 * held back by a partition: by its uid, so never the one that was made in its place.
 * @returns the names of the pods that were removed
 */
export async function forceBack(
  kubectl: Kubectl,
  workloads: readonly WorkloadRef[],
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<string[]> {
  const removed: string[] = []
  for (const ref of workloads.filter(({ kind }) => kind === 'statefulset')) {
    const owner = await observed(kubectl, ref, pause)
    if (owner?.spec.podManagementPolicy !== 'OrderedReady') continue
    for (const each of await blocking(kubectl, owner))
      if (await remove(kubectl, each)) removed.push(each.metadata.name)
  }
  return removed
}

/** The StatefulSet, once its controller has seen the newest template; undefined where it never does, or is not there. */
async function observed(
  kubectl: Kubectl,
  { name, namespace }: WorkloadRef,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<Workload | undefined> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const found = await kubectl.get(['statefulsets.apps', name, ...placeOf(namespace)])
    if (found === undefined) return undefined
    const owner = workload.parse(found)
    if (owner.status.observedGeneration >= owner.metadata.generation) return owner
    await pause(500)
  }
  return undefined
}

async function blocking(kubectl: Kubectl, owner: Workload): Promise<Pod[]> {
  const { metadata, spec, status } = owner
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0
  const list = await kubectl.get([
    'pods',
    '--selector',
    selectorText(spec.selector),
    ...placeOf(metadata.namespace),
  ])
  return listOf(pod)
    .parse(list)
    .items.filter(
      (each) =>
        each.metadata.ownerReferences.some(({ uid }) => uid === metadata.uid) &&
        each.metadata.deletionTimestamp === undefined &&
        // A StatefulSet's pods carry the whole name of their ControllerRevision.
        each.metadata.labels['controller-revision-hash'] !== status.updateRevision &&
        ordinalOf(each) >= partition &&
        !each.status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    )
}

/** The number in the name of a StatefulSet's pod. */
function ordinalOf({ metadata }: Pod): number {
  return Number(/\d+$/.exec(metadata.name)?.[0])
}

/** False where it went by itself, or another has taken its name already. */
async function remove(kubectl: Kubectl, { metadata }: Pod): Promise<boolean> {
  const path = `/api/v1/namespaces/${metadata.namespace ?? 'default'}/pods/${metadata.name}`
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: metadata.uid } }
  try {
    await kubectl.run(['delete', '--raw', path, '--filename', '-'], JSON.stringify(options))
    return true
  } catch (error) {
    if (error instanceof Fault && /\((NotFound|Conflict)\)/.test(error.message)) return false
    throw error
  }
}
