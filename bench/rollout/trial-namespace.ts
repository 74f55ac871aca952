import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type { Rig } from '../../rig/index.ts'
import { checkoutPath } from '../../scripts/checkout.ts'
import { createNamespacedTools } from '../../test/system/support/cluster/namespaced-tools.ts'
import type { ImageRegistry } from './image-registry.ts'

/** The tool that deploys: helm-deploy with Helm 4, or plain Helm 3 or 4. */
export const TOOLS = ['helm-deploy', 'helm3', 'helm4'] as const
export type ToolName = (typeof TOOLS)[number]

export const RELEASE = 'bench'
export const CHART = checkoutPath('test/system/charts/bench')

/** The namespace of one trial, and functions for its scenario. */
export interface TrialNamespace {
  rig: Rig
  images: ImageRegistry
  namespace: string
  /** The path of the Helm that deploys. */
  helmPath: string
  /** A label of the node that only this trial uses. */
  nodeLabel: string
  /** @throws if it fails, with its output */
  helm(...args: string[]): Promise<string>
  kubectl(...args: string[]): Promise<string>
  apply(object: object): Promise<string>
  close(): Promise<void>
}

export async function openTrialNamespace(
  rig: Rig,
  images: ImageRegistry,
  tool: ToolName,
): Promise<TrialNamespace> {
  const id = randomUUID().slice(0, 8)
  const namespace = `bench-${id}`
  const nodeLabel = `bench/${id}`
  const helmName = tool === 'helm3' ? 'helm3' : 'helm4'
  const { kubectl, helm, apply } = createNamespacedTools(rig, namespace, 180_000)
  await kubectl('create', 'namespace', namespace)
  return {
    rig,
    images,
    namespace,
    helmPath: rig.tools[helmName],
    nodeLabel,
    helm: (...args) => helm(helmName, ...args),
    kubectl,
    apply,
    async close() {
      await kubectl('label', 'node', '--all', `${nodeLabel}-`)
      await kubectl('delete', 'namespace', namespace, '--wait=false')
    },
  }
}

/** PATH with helm and kubectl. */
export function buildPath({ rig, helmPath }: TrialNamespace): string {
  return [dirname(helmPath), dirname(rig.tools.kubectl), process.env.PATH].join(':')
}
