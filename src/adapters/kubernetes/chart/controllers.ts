import * as z from 'zod'
import { type Controller, findControllers, type OwnedObject } from '../../../domain/preflight/ownership.ts'
import type { Kubectl } from '../client/kubectl.ts'

const suspendable = z.object({ spec: z.object({ suspend: z.boolean().nullish() }) })
const SKIPS = 'argocd.argoproj.io/skip-reconcile'
const application = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).nullish() }).nullish(),
  spec: z.object({
    syncPolicy: z.object({ automated: z.object({ enabled: z.boolean().nullish() }).nullish() }).nullish(),
  }),
})

/** Resource of each kind, and whether an object of it applies what it finds changed. */
const CONTROLLERS = {
  HelmRelease: ['helmreleases.helm.toolkit.fluxcd.io', appliesFlux],
  Kustomization: ['kustomizations.kustomize.toolkit.fluxcd.io', appliesFlux],
  Application: ['applications.argoproj.io', appliesArgoCd],
} as const

function appliesFlux(found: unknown): boolean {
  return suspendable.parse(found).spec.suspend !== true
}

function appliesArgoCd(found: unknown): boolean {
  const { metadata, spec } = application.parse(found)
  const { automated } = spec.syncPolicy ?? {}
  return automated != null && automated.enabled !== false && metadata?.annotations?.[SKIPS] !== 'true'
}

/** Reads what else applies these objects. The cluster is only asked about objects that name a controller. */
export async function readControllers(
  kubectl: Kubectl,
  objects: readonly OwnedObject[],
): Promise<Controller[]> {
  const controllers = await Promise.all(
    findControllers(objects).map(async (each): Promise<Controller | undefined> => {
      const [resource, applies] = CONTROLLERS[each.kind]
      try {
        const found = await kubectl.get([resource, each.name, '--namespace', each.namespace])
        if (found !== undefined) return { ...each, state: applies(found) ? 'active' : 'suspended' }
        // Flux labels its own namespace; an Application may be in any, also of another cluster.
        return each.kind === 'Application' ? { ...each, state: 'unknown' } : undefined
      } catch {
        return { ...each, state: 'unknown' }
      }
    }),
  )
  return controllers.filter((each) => each !== undefined)
}
