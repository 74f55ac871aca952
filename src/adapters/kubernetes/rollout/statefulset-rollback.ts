import { setTimeout as sleep } from 'node:timers/promises'
import { isRefused, type Kubectl, namespaceFlags } from '../client/kubectl.ts'
import {
  formatSelector,
  listSchema,
  type ObjectRef,
  type Pod,
  pod,
  type Workload,
  workload,
} from '../client/objects.ts'

/** Polls in which the controller must observe the new template. */
const MAX_POLLS = 20
/** Milliseconds between them. */
const POLL_INTERVAL_MS = 1000

/**
 * Deletes the pods that block the rollout of a StatefulSet. With OrderedReady its controller waits for every pod to be
 * ready before it replaces one, so a broken pod of an old template blocks it for ever and must be deleted (kubernetes.io,
 * "Forced rollback"; kubernetes issue 67250). Deletes only pods that are not ready, have an old template and are outside
 * the partition; by uid, so never a replacement.
 * @returns the names of the deleted pods
 */
export async function deleteBlockingPods(
  kubectl: Kubectl,
  workloads: readonly ObjectRef[],
  wait: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<string[]> {
  const deleted: string[] = []
  for (const ref of workloads.filter(({ kind }) => kind === 'statefulset')) {
    const owner = await waitUntilObserved(kubectl, ref, wait)
    if (owner?.spec.podManagementPolicy !== 'OrderedReady') continue
    for (const each of await findBlockingPods(kubectl, owner))
      if (await deletePod(kubectl, each)) deleted.push(each.metadata.name)
  }
  return deleted
}

/** Returns the StatefulSet once its controller has observed the newest template; undefined where it does not, or is missing. */
async function waitUntilObserved(
  kubectl: Kubectl,
  { name, namespace }: ObjectRef,
  wait: (milliseconds: number) => Promise<unknown>,
): Promise<Workload | undefined> {
  for (let poll = 1; poll <= MAX_POLLS; poll += 1) {
    const found = await kubectl.get(['statefulsets.apps', name, ...namespaceFlags(namespace)])
    if (found === undefined) return undefined
    const owner = workload.parse(found)
    if (owner.status.observedGeneration >= owner.metadata.generation) return owner
    await wait(POLL_INTERVAL_MS)
  }
  return undefined
}

async function findBlockingPods(kubectl: Kubectl, { metadata, spec, status }: Workload): Promise<Pod[]> {
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0
  const selector = formatSelector(spec.selector)
  const list = await kubectl.get(['pods', '--selector', selector, ...namespaceFlags(metadata.namespace)])
  return listSchema(pod)
    .parse(list)
    .items.filter(
      (each) =>
        each.metadata.ownerReferences.some(({ uid }) => uid === metadata.uid) &&
        each.metadata.deletionTimestamp === undefined &&
        // A StatefulSet's pods carry the whole name of their ControllerRevision, and end with their ordinal.
        each.metadata.labels['controller-revision-hash'] !== status.updateRevision &&
        Number(/\d+$/.exec(each.metadata.name)?.[0]) >= partition &&
        !each.status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    )
}

/** False where the pod is gone, or was replaced already. */
async function deletePod(kubectl: Kubectl, { metadata }: Pod): Promise<boolean> {
  const path = `/api/v1/namespaces/${metadata.namespace ?? 'default'}/pods/${metadata.name}`
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: metadata.uid } }
  try {
    await kubectl.run(['delete', '--raw', path, '--filename', '-'], JSON.stringify(options))
    return true
  } catch (error) {
    if (isRefused(error, 'NotFound', 'Conflict')) return false
    throw error
  }
}
