import { parseAllDocuments } from 'yaml'
import * as z from 'zod'
import type { Observation } from '../../domain/rollout.ts'
import type { PodWords } from '../../domain/rollout-redaction.ts'
import { podSeen } from './containers.ts'
import { type Kubectl, placeOf } from './kubectl.ts'
import { listOf, type Pod, pod } from './objects.ts'
import { NOWHERE } from './pod-version.ts'

/** A hook of a release that has pods, and that Helm waits for. */
export interface Hook {
  /** job or pod */
  kind: string
  name: string
  namespace: string | undefined
}

const hook = z.object({
  kind: z.enum(['Job', 'Pod']),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.unknown()),
  }),
})

/** The hooks with pods that run in an install or an upgrade, in the order of the manifest. */
export function hooksIn(manifest: string): Hook[] {
  return parseAllDocuments(manifest)
    .map((document) => hook.safeParse(document.toJS()).data)
    .filter((found) => found !== undefined)
    .filter(({ metadata }) =>
      /\b(pre|post)-(install|upgrade)\b/.test(String(metadata.annotations['helm.sh/hook'])),
    )
    .map(({ kind, metadata }) => ({
      kind: kind.toLowerCase(),
      name: metadata.name,
      namespace: metadata.namespace,
    }))
}

/** Uids of pods that hooks have left behind, and of the Jobs that these are of. */
export type HookPodsLeft = ReadonlySet<string>

/**
 * What is there of hooks before Helm runs them. Helm keeps a hook's Job until that hook runs again, so a pod of an earlier
 * revision may stand there, broken, while the next revision is on its way. Undefined where the pods cannot be read.
 */
export async function hookPodsLeft(
  kubectl: Kubectl,
  hooks: readonly Hook[],
): Promise<HookPodsLeft | undefined> {
  try {
    const pods = (await Promise.all(hooks.map((hook) => podsOf(kubectl, hook)))).flat()
    return new Set(pods.flatMap(uidsOf))
  } catch {
    return undefined
  }
}

/** Its own, and those of its owners. */
function uidsOf({ metadata }: Pod): string[] {
  return [metadata.uid, ...metadata.ownerReferences.map(({ uid }) => uid)]
}

async function podsOf(kubectl: Kubectl, { kind, name, namespace }: Hook): Promise<Pod[]> {
  const which =
    kind === 'job' ? ['--selector', `job-name=${name}`] : ['--field-selector', `metadata.name=${name}`]
  return listOf(pod).parse(await kubectl.get(['pods', ...which, ...placeOf(namespace)])).items
}

/** The pods of a hook but those that were left, those too that have ended, newest first. No version is served by them. */
export async function observeHook(
  kubectl: Kubectl,
  hook: Hook,
  left: HookPodsLeft,
  words: PodWords = 'redacted',
): Promise<Observation> {
  const { kind, name, namespace } = hook
  const items = await podsOf(kubectl, hook)
  const created = ({ metadata }: Pod) => metadata.creationTimestamp ?? ''
  const pods = items
    .filter(
      (each) => each.metadata.deletionTimestamp === undefined && !uidsOf(each).some((uid) => left.has(uid)),
    )
    .sort((one, other) => created(other).localeCompare(created(one)))
    .map((each) => ({
      ...podSeen(each, NOWHERE, { words, ignored: [] }),
      fresh: true,
      version: undefined,
    }))
  return {
    workload: `${kind}/${name}`,
    namespace: namespace ?? items[0]?.metadata.namespace ?? 'default',
    desired: 1,
    observed: true,
    template: undefined,
    available: undefined,
    held: undefined,
    conditions: [],
    createFailure: undefined,
    pods,
  }
}
