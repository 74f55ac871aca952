import * as z from 'zod'
import { Fault } from '../../../domain/core/errors.ts'
import { sanitizeMessage } from '../../../domain/rollout/redaction.ts'
import type { ObservedPod, RolloutBlocker, WorkloadStatus } from '../../../domain/rollout/workload-status.ts'
import { type Kubectl, namespaceFlags } from '../client/kubectl.ts'
import {
  event,
  formatSelector,
  type KubernetesEvent,
  listSchema,
  type ObjectRef,
  type Pod,
  pod,
  type TemplateRevision,
  templateRevision,
  type Workload,
  workload,
} from '../client/objects.ts'
import { type ObserveOptions, toPodStatus } from './pod-status.ts'
import { readDeclaredVersion, readJsonField, type VersionFrom } from './version-from.ts'

/** Reads a workload and its pods once. Undefined where the workload does not exist. */
export async function observe(
  kubectl: Kubectl,
  ref: ObjectRef,
  options: ObserveOptions,
): Promise<WorkloadStatus | undefined> {
  const sanitize = (from: { message: string } | undefined) =>
    from && sanitizeMessage(from.message, options.disclosure ?? 'redacted')
  const place = namespaceFlags(ref.namespace)
  // The workload first: once its controller has observed the newest spec, pods that are read later are no older.
  const found = await kubectl.get([`${ref.kind}s.apps`, ref.name, ...place])
  if (found === undefined) return undefined
  const owner = workload.parse(found)
  const between = ref.kind === 'deployment' ? 'replicasets.apps' : 'controllerrevisions.apps'
  const selector = formatSelector(owner.spec.selector)
  const list = await kubectl.get([`${between},pods`, '--selector', selector, ...place])
  const { items } = listSchema(z.union([pod, templateRevision])).parse(list)
  const revisions = items.filter((item) => item.kind !== 'Pod').filter((each) => isOwnedBy(each, owner))
  const pods = items.filter((item): item is Pod => item.kind === 'Pod')
  const newest = findNewestRevision(owner, revisions)
  const ownPods = pods.filter((each) => [owner, ...revisions].some((parent) => isOwnedBy(each, parent)))
  const observedPods = ownPods.map(async (each): Promise<ObservedPod> => {
    const podStatus = toPodStatus(each, options)
    const isReady = podStatus.ready && !podStatus.end
    return {
      ...podStatus,
      uid: each.metadata.uid,
      updated: newest !== undefined && belongsToRevision(newest, each),
      version: await readPodVersion(kubectl, each, isReady, options.versionFrom),
    }
  })
  const observed = await Promise.all(observedPods)
  const activePods = observed.filter(({ end }) => !end)
  const { spec, status, metadata } = owner
  const desired = status.desiredNumberScheduled ?? spec.replicas
  const failure = status.conditions.find((each) => each.type === 'ReplicaFailure' && each.status === 'True')
  const createFailure =
    failure ??
    (activePods.length < desired ? await findPodCreationFailure(kubectl, owner, pods, place) : undefined)
  return {
    workload: `${ref.kind}/${ref.name}`,
    namespace: metadata.namespace ?? ref.namespace ?? 'default',
    desired,
    generationObserved: status.observedGeneration >= metadata.generation && newest !== undefined,
    template: newest?.metadata.name,
    available: spec.minReadySeconds > 0 ? (status.numberAvailable ?? status.availableReplicas) : undefined,
    blocker: readBlocker(owner),
    conditions: status.conditions.map((each) => ({ ...each, message: sanitize(each) ?? '' })),
    createFailure: sanitize(createFailure),
    pods: activePods,
    inactivePods: observed
      .filter(({ end }) => end)
      .sort((one, other) => (other.createdAt ?? '').localeCompare(one.createdAt ?? ''))
      .slice(0, MAX_INACTIVE_PODS),
  }
}

/** Kubernetes keeps evicted pods until there are thousands of them. */
const MAX_INACTIVE_PODS = 10

function readBlocker({ spec: { paused, updateStrategy } }: Workload): RolloutBlocker | undefined {
  if (paused) return 'paused'
  if (updateStrategy.type === 'OnDelete') return 'on-delete'
  return (updateStrategy.rollingUpdate?.partition ?? 0) > 0 ? 'partition' : undefined
}

/**
 * Why a StatefulSet or DaemonSet could not create a pod: its newest event, where no pod has been created since. A
 * Deployment has a condition for it.
 */
async function findPodCreationFailure(
  kubectl: Kubectl,
  { kind, metadata }: Workload,
  pods: readonly Pod[],
  place: readonly string[],
): Promise<{ message: string } | undefined> {
  if (kind === 'Deployment') return undefined
  const about = `reason=FailedCreate,involvedObject.kind=${kind},involvedObject.name=${metadata.name}`
  const found = listSchema(event).parse(await kubectl.get(['events', '--field-selector', about, ...place]))
  const time = ({ lastTimestamp, eventTime }: KubernetesEvent) =>
    Date.parse(lastTimestamp ?? eventTime ?? '') || 0
  const [newest] = found.items.sort((one, other) => time(other) - time(one))
  const created = pods.map((each) => Date.parse(each.metadata.creationTimestamp ?? '') || 0)
  return newest && time(newest) > Math.max(0, ...created) ? newest : undefined
}

const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision'

/** The ReplicaSet or ControllerRevision of the newest pod template. A rollback renumbers an old one as the highest. */
function findNewestRevision(owner: Workload, revisions: readonly TemplateRevision[]) {
  if (owner.kind === 'StatefulSet')
    return revisions.find(({ metadata }) => metadata.name === owner.status.updateRevision)
  const number = ({ revision, metadata }: TemplateRevision) =>
    revision ?? Number(metadata.annotations[REVISION_ANNOTATION] ?? 0)
  return revisions.toSorted((one, other) => number(other) - number(one))[0]
}

function belongsToRevision(newest: TemplateRevision, each: Pod): boolean {
  if (newest.kind === 'ReplicaSet') return isOwnedBy(each, newest)
  const hash = each.metadata.labels['controller-revision-hash']
  // A StatefulSet's pods carry the whole name of the ControllerRevision, a DaemonSet's only its hash.
  return hash === newest.metadata.name || hash === newest.metadata.labels['controller-revision-hash']
}

function isOwnedBy(each: Pod | TemplateRevision, owner: Workload | TemplateRevision): boolean {
  return each.metadata.ownerReferences.some(({ uid }) => uid === owner.metadata.uid)
}

/** The version that a pod declares or, with `http:`, answers once it is ready. */
export async function readPodVersion(
  kubectl: Kubectl,
  each: Pod,
  ready: boolean,
  where: VersionFrom,
): Promise<string | undefined> {
  if (where.from !== 'http') return readDeclaredVersion(each, where)
  if (!ready) return undefined
  const namespace = each.metadata.namespace ?? 'default'
  const path = `/api/v1/namespaces/${namespace}/pods/${each.metadata.name}:${where.port}/proxy${where.path}`
  try {
    return readJsonField(await kubectl.run(['get', '--raw', path]), where.field)
  } catch (error) {
    // A pod that does not answer has no version. A missing permission is thrown: no later poll fixes it.
    if (error instanceof Fault && /Forbidden|forbidden/.test(error.message)) throw error
    return undefined
  }
}
