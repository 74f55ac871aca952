import { parseAllDocuments } from 'yaml'
import * as z from 'zod'
import type { Observation } from '../../domain/rollout.ts'
import type { PodWords } from '../../domain/rollout-redaction.ts'
import { podSeen } from './containers.ts'
import type { Kubectl } from './kubectl.ts'
import { listOf, pod } from './objects.ts'

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

/** The hooks with pods that run in an install, an upgrade or a rollback, in the order of the manifest. */
export function hooksIn(manifest: string): Hook[] {
  return parseAllDocuments(manifest)
    .map((document) => hook.safeParse(document.toJS()).data)
    .filter((found) => found !== undefined)
    .filter(({ metadata }) =>
      /\b(pre|post)-(install|upgrade|rollback)\b/.test(String(metadata.annotations['helm.sh/hook'])),
    )
    .map(({ kind, metadata }) => ({
      kind: kind.toLowerCase(),
      name: metadata.name,
      namespace: metadata.namespace,
    }))
}

/** The pods of a hook, those too that have ended, newest first. No version is served by them. */
export async function observeHook(
  kubectl: Kubectl,
  { kind, name, namespace }: Hook,
  words: PodWords = 'redacted',
): Promise<Observation> {
  const which =
    kind === 'job' ? ['--selector', `job-name=${name}`] : ['--field-selector', `metadata.name=${name}`]
  const place = namespace ? ['--namespace', namespace] : []
  const { items } = listOf(pod).parse(await kubectl.get(['pods', ...which, ...place]))
  const created = ({ metadata }: (typeof items)[number]) => metadata.creationTimestamp ?? ''
  const pods = items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .sort((one, other) => created(other).localeCompare(created(one)))
    .map((each) => ({
      ...podSeen(each, { from: 'label', key: '' }, { words, ignored: [] }),
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
