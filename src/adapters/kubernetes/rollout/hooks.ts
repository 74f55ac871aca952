import type { LogDisclosure } from '../../../domain/rollout/redaction.ts'
import type { WorkloadStatus } from '../../../domain/rollout/workload-status.ts'
import { type Kubectl, namespaceFlags } from '../client/kubectl.ts'
import {
  listSchema,
  manifestObject,
  type ObjectRef,
  type Pod,
  parseManifest,
  pod,
  toObjectRef,
} from '../client/objects.ts'
import { toPodStatus, toStatusWithoutRollout } from './pod-status.ts'
import { NO_VERSION } from './version-from.ts'

/** Parses the hooks with pods, for which Helm waits in an install or an upgrade, in the order of the manifest. */
export function parseHooks(manifest: string): ObjectRef[] {
  return parseManifest(manifest, manifestObject('Job', 'Pod'))
    .filter(({ metadata }) =>
      /\b(pre|post)-(install|upgrade)\b/.test(String(metadata.annotations?.['helm.sh/hook'])),
    )
    .map(toObjectRef)
}

/** Uids of hook pods and of their Jobs. */
export type ExistingHookPods = ReadonlySet<string>

/**
 * Finds the pods of hooks before Helm runs them: Helm keeps a hook's Job until the hook runs again, so a failed pod of an
 * earlier revision may exist during the upgrade. Undefined where the pods cannot be read.
 */
export async function findExistingHookPods(
  kubectl: Kubectl,
  hooks: readonly ObjectRef[],
): Promise<ExistingHookPods | undefined> {
  try {
    const pods = (await Promise.all(hooks.map((hook) => listHookPods(kubectl, hook)))).flat()
    return new Set(pods.flatMap(collectUids))
  } catch {
    return undefined
  }
}

/** The uid of a pod and those of its owners. */
function collectUids({ metadata }: Pod): string[] {
  return [metadata.uid, ...metadata.ownerReferences.map(({ uid }) => uid)]
}

async function listHookPods(kubectl: Kubectl, { kind, name, namespace }: ObjectRef): Promise<Pod[]> {
  const selector =
    kind === 'job' ? ['--selector', `job-name=${name}`] : ['--field-selector', `metadata.name=${name}`]
  return listSchema(pod).parse(await kubectl.get(['pods', ...selector, ...namespaceFlags(namespace)])).items
}

/** Observes the pods of a hook, finished ones too, newest first, without those that existed before. */
export async function observeHook(
  kubectl: Kubectl,
  hook: ObjectRef,
  existing: ExistingHookPods,
  disclosure: LogDisclosure = 'redacted',
): Promise<WorkloadStatus> {
  const { kind, name, namespace } = hook
  const items = await listHookPods(kubectl, hook)
  const created = ({ metadata }: Pod) => metadata.creationTimestamp ?? ''
  const pods = items
    .filter(
      (each) =>
        each.metadata.deletionTimestamp === undefined && !collectUids(each).some((uid) => existing.has(uid)),
    )
    .sort((one, other) => created(other).localeCompare(created(one)))
    .map((each) => ({
      ...toPodStatus(each, { versionFrom: NO_VERSION, disclosure }),
      uid: each.metadata.uid,
      updated: true,
      version: undefined,
    }))
  return toStatusWithoutRollout(`${kind}/${name}`, namespace ?? items[0]?.metadata.namespace, pods)
}
