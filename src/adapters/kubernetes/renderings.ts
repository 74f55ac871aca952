import { Fault } from '../../domain/failure.ts'
import type { UpgradeOrder } from '../helm/arguments.ts'
import { type Helm, type Preview, ReleaseHeld } from '../helm/helm.ts'
import { missingRight } from './forbidden.ts'

/** What orders would bring, each asked of Helm once: rights and changes are judged by the same dry run. */
export interface Renderings {
  preview(order: UpgradeOrder): Promise<Preview>
  /** All objects of it, hooks too. Where Helm may not look, or not now, as the chart has them without a cluster. */
  objects(order: UpgradeOrder): Promise<string>
}

export function renderingsBy(helm: Helm): Renderings {
  const previews = new WeakMap<UpgradeOrder, Promise<Preview>>()
  const preview: Renderings['preview'] = (order) => {
    const known = previews.get(order) ?? helm.preview(order)
    previews.set(order, known)
    // What failed may be asked again: a release that was held is free later.
    known.catch(() => previews.delete(order))
    return known
  }
  return {
    preview,
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
