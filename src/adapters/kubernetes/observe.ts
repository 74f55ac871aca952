import * as z from 'zod'
import { Fault } from '../../domain/failure.ts'
import type { Held, Observation, PodSeen } from '../../domain/rollout.ts'
import { aboutPods, type PodWords } from '../../domain/rollout-redaction.ts'
import { podSeen } from './containers.ts'
import { type Kubectl, placeOf } from './kubectl.ts'
import {
  event,
  type Generation,
  generation,
  listOf,
  type Pod,
  pod,
  selectorText,
  type Workload,
  workload,
} from './objects.ts'
import { declaredVersion, fieldOf, type VersionFrom } from './pod-version.ts'
import type { WorkloadRef } from './workload.ts'

/**
 * One look at a workload and its pods. Undefined where the workload does not exist.
 * @param words how much of what pods say it may tell: the message of a container's end may be its last log lines
 * @param ignored names of containers whose failures do not count
 */
export async function observe(
  kubectl: Kubectl,
  ref: WorkloadRef,
  versionFrom: VersionFrom,
  words: PodWords = 'redacted',
  ignored: readonly string[] = [],
): Promise<Observation | undefined> {
  const told = (said: { message: string } | undefined) => said && aboutPods(said.message, words)
  const place = placeOf(ref.namespace)
  // The workload is read before its pods: once its controller has seen the newest spec, what is read later is no older.
  const found = await kubectl.get([`${ref.kind}s.apps`, ref.name, ...place])
  if (found === undefined) return undefined
  const owner = workload.parse(found)
  const between = ref.kind === 'deployment' ? 'replicasets.apps' : 'controllerrevisions.apps'
  const selector = selectorText(owner.spec.selector)
  const list = await kubectl.get([`${between},pods`, '--selector', selector, ...place])
  const { items } = listOf(z.union([pod, generation])).parse(list)
  const generations = items.filter((item): item is Generation => item.kind !== 'Pod')
  const pods = items.filter((item): item is Pod => item.kind === 'Pod')
  const newest = newestOf(owner, generations)
  const mine = pods.filter((each) => alive(each) && ownedBy(each, owner, generations))
  const telling = { words, ignored }
  const seen = mine.map(async (each): Promise<PodSeen> => {
    const fresh = newest !== undefined && isOf(newest, each)
    const known = podSeen(each, versionFrom, telling)
    return { ...known, fresh, version: await versionOf(kubectl, each, known.ready, versionFrom) }
  })
  const { spec, status, metadata } = owner
  const desired = status.desiredNumberScheduled ?? spec.replicas
  const failure = status.conditions.find((each) => each.type === 'ReplicaFailure' && each.status === 'True')
  const refused =
    failure ?? (mine.length < desired ? await refusedPod(kubectl, owner, pods, place) : undefined)
  return {
    workload: `${ref.kind}/${ref.name}`,
    namespace: metadata.namespace ?? ref.namespace ?? 'default',
    desired,
    observed: status.observedGeneration >= metadata.generation && newest !== undefined,
    template: newest?.metadata.name,
    available: spec.minReadySeconds > 0 ? (status.numberAvailable ?? status.availableReplicas) : undefined,
    held: heldBy(owner),
    conditions: status.conditions.map((each) => ({ ...each, message: told(each) ?? '' })),
    createFailure: told(refused),
    pods: await Promise.all(seen),
  }
}

function heldBy({ spec: { paused, updateStrategy } }: Workload): Held | undefined {
  if (paused) return 'paused'
  if (updateStrategy.type === 'OnDelete') return 'on-delete'
  return (updateStrategy.rollingUpdate?.partition ?? 0) > 0 ? 'partition' : undefined
}

/**
 * Why a StatefulSet or DaemonSet, which have no condition for it, could not create a pod: by its newest event, where no
 * pod has been created since. A Deployment says so in its conditions.
 */
async function refusedPod(
  kubectl: Kubectl,
  { kind, metadata }: Workload,
  pods: readonly Pod[],
  place: readonly string[],
): Promise<{ message: string } | undefined> {
  if (kind === 'Deployment') return undefined
  const about = `reason=FailedCreate,involvedObject.kind=${kind},involvedObject.name=${metadata.name}`
  const found = listOf(event).parse(await kubectl.get(['events', '--field-selector', about, ...place]))
  const time = (each: { lastTimestamp?: string | null | undefined; eventTime?: string | null | undefined }) =>
    Date.parse(each.lastTimestamp ?? each.eventTime ?? '') || 0
  const [newest] = found.items.sort((one, other) => time(other) - time(one))
  const created = pods.map((each) => Date.parse(each.metadata.creationTimestamp ?? '') || 0)
  return newest && time(newest) > Math.max(0, ...created) ? newest : undefined
}

const REVISION = 'deployment.kubernetes.io/revision'

/** The ReplicaSet or ControllerRevision of the newest pod template. A rollback gives an old one the highest number again. */
function newestOf(owner: Workload, generations: readonly Generation[]): Generation | undefined {
  const own = generations.filter(({ metadata }) => has(metadata.ownerReferences, owner.metadata.uid))
  if (owner.kind === 'StatefulSet')
    return own.find(({ metadata }) => metadata.name === owner.status.updateRevision)
  const number = (each: Generation) => each.revision ?? Number(each.metadata.annotations[REVISION] ?? 0)
  return own.reduce<Generation | undefined>(
    (best, each) => (best === undefined || number(each) > number(best) ? each : best),
    undefined,
  )
}

function isOf(newest: Generation, each: Pod): boolean {
  if (newest.kind === 'ReplicaSet') return has(each.metadata.ownerReferences, newest.metadata.uid)
  const hash = each.metadata.labels['controller-revision-hash']
  // A StatefulSet's pods carry the whole name of the ControllerRevision, a DaemonSet's only its hash.
  return hash === newest.metadata.name || hash === newest.metadata.labels['controller-revision-hash']
}

/** Neither being deleted nor finished (evicted, say): those neither serve nor count. */
function alive({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && !['Succeeded', 'Failed'].includes(status.phase)
}

function ownedBy(each: Pod, owner: Workload, generations: readonly Generation[]): boolean {
  if (has(each.metadata.ownerReferences, owner.metadata.uid)) return true
  const own = generations.filter(({ metadata }) => has(metadata.ownerReferences, owner.metadata.uid))
  return own.some(({ metadata }) => has(each.metadata.ownerReferences, metadata.uid))
}

function has(owners: readonly { uid: string }[], uid: string): boolean {
  return owners.some((owner) => owner.uid === uid)
}

/** Which version a pod names, or, where it is asked for it, says once it is ready. */
export async function versionOf(
  kubectl: Kubectl,
  each: Pod,
  ready: boolean,
  where: VersionFrom,
): Promise<string | undefined> {
  if (where.from !== 'http') return declaredVersion(each, where)
  if (!ready) return undefined
  const namespace = each.metadata.namespace ?? 'default'
  const path = `/api/v1/namespaces/${namespace}/pods/${each.metadata.name}:${where.port}/proxy${where.path}`
  try {
    return fieldOf(await kubectl.run(['get', '--raw', path]), where.field)
  } catch (error) {
    // A pod that does not answer names no version; a right that we lack is a fault, and no look later will mend it.
    if (error instanceof Fault && /Forbidden|forbidden/.test(error.message)) throw error
    return undefined
  }
}
