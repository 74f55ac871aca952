import { Fault } from '../../domain/failure.ts'
import type { FieldConflict } from '../../domain/field-conflict.ts'
import type { UpgradeOrder } from '../helm/arguments.ts'
import { type Preview, ReleaseHeld } from '../helm/helm.ts'
import { conflictsWith } from './conflicts.ts'
import type { ClusterConnection } from './connection.ts'
import { missingRight } from './forbidden.ts'

/** What orders would bring, each asked of Helm once: rights and changes are judged by the same dry run. */
export interface Renderings {
  preview(order: UpgradeOrder): Promise<Preview>
  /** All objects of it, hooks too. Where Helm may not look, or not now, as the chart has them without a cluster. */
  objects(order: UpgradeOrder): Promise<string>
  /** Fields of it that Helm would not overwrite, and so fail. */
  conflict(order: UpgradeOrder): Promise<FieldConflict | undefined>
}

export function renderingsBy(cluster: Pick<ClusterConnection, 'helm' | 'kubectl' | 'release'>): Renderings {
  const { helm } = cluster
  const preview = onceFor((order) => helm.preview(order))
  return {
    preview,
    conflict: onceFor(async (order) => conflictsWith(cluster, (await preview(order)).manifest)),
    async objects(order) {
      try {
        const { manifest, hooks } = await preview(order)
        return `${manifest}\n---\n${hooks}`
      } catch (error) {
        const forbidden = error instanceof Fault && missingRight(error.message)
        if (!forbidden && !(error instanceof ReleaseHeld)) throw error
        return helm.template(order)
      }
    },
  }
}

/** What failed may be asked again: a release that was held is free later. */
function onceFor<T>(ask: (order: UpgradeOrder) => Promise<T>): (order: UpgradeOrder) => Promise<T> {
  const answers = new WeakMap<UpgradeOrder, Promise<T>>()
  return (order) => {
    const known = answers.get(order) ?? ask(order)
    answers.set(order, known)
    known.catch(() => answers.delete(order))
    return known
  }
}
