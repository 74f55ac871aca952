import type { PodWords } from '../../domain/rollout-redaction.ts'
import type { ClusterConnection } from './connection.ts'
import { type Hook, type HookPodsLeft, hooksIn, observeHook } from './hooks.ts'
import { observe } from './observe.ts'
import type { VersionFrom } from './pod-version.ts'
import type { UnderHelm } from './watch.ts'
import { servingIn, type WorkloadRef } from './workload.ts'

/** What there was before helm began, by which what it has written is known. */
export interface BeforeHelm {
  /** The highest revision; 0 where there was none. */
  revision: number
  /** The workload's newest pod template then; empty where there was no workload, undefined where nobody knows. */
  template: string | undefined
  /** Pods of hooks of earlier revisions, which say nothing of this one; undefined where nobody knows which those are. */
  hookPods: HookPodsLeft | undefined
}

export interface Watched {
  versionFrom: VersionFrom
  /** The input `workload`. */
  workload: string | undefined
  words: PodWords | undefined
  ignored: readonly string[]
}

/**
 * Looks at what a helm that is still at work has written: its hooks, and the workload once that has another pod template
 * than before. Pods of the template before say nothing of the new version.
 */
export function lookUnderHelm(
  { helm, kubectl, release }: ClusterConnection,
  before: BeforeHelm,
  { versionFrom, workload, words, ignored }: Watched,
): () => Promise<UnderHelm> {
  let written: { ref: WorkloadRef; hooks: readonly Hook[] } | undefined
  const read = async () => {
    const { revision } = (await helm.history(release)).at(-1) ?? { revision: 0 }
    if (revision <= before.revision) return undefined
    const [manifest, hooks] = await Promise.all([
      helm.manifest(release, revision),
      helm.hooks(release, revision),
    ])
    return { ref: servingIn(manifest, release, workload), hooks: hooksIn(hooks) }
  }
  return async () => {
    written ??= await read()
    if (!written) return { hooks: [], workload: undefined }
    const { hookPods } = before
    const [seen, ...hooks] = await Promise.all([
      observe(kubectl, written.ref, versionFrom, words, ignored),
      ...(hookPods ? written.hooks.map((hook) => observeHook(kubectl, hook, hookPods, words)) : []),
    ])
    const isNew = before.template !== undefined && seen?.template !== before.template
    return { hooks, workload: isNew ? seen : undefined }
  }
}
