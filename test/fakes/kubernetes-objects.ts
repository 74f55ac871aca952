import type { Kubectl } from '../../src/adapters/kubernetes/client/kubectl.ts'
import { observe } from '../../src/adapters/kubernetes/rollout/observe.ts'
import type { LogDisclosure } from '../../src/domain/rollout/redaction.ts'

export const ownedObject = (name: string, uid: string, owner: string, more: object = {}) => ({
  metadata: { name, uid, ownerReferences: [{ uid: owner }], ...more },
})
export const podObject = (
  name: string,
  owner: string,
  over: { metadata?: object; status?: object } = {},
) => ({
  kind: 'Pod',
  metadata: { name, uid: name, ownerReferences: [{ uid: owner }], ...over.metadata },
  spec: { containers: [{ name: 'serve', env: [{ name: 'MODEL_VERSION', value: name.slice(-1) }] }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...over.status },
})
export const replicaSetObject = (name: string, revision: number, owner = 'dep') => ({
  kind: 'ReplicaSet',
  ...ownedObject(name, name, owner, {
    annotations: { 'deployment.kubernetes.io/revision': String(revision) },
  }),
})
export const deploymentObject = (over: object = {}) => ({
  kind: 'Deployment',
  metadata: { name: 'digits', namespace: 'ml', uid: 'dep', generation: 3 },
  spec: { replicas: 1, selector: { matchLabels: { app: 'digits' } } },
  status: { observedGeneration: 3, ...over },
})

/** A kubectl that returns the items for a query with a selector, and the workload for any other query. */
export function kubectlWith(workload: unknown, items: unknown[]): Kubectl {
  return {
    run: async () => '',
    create: async () => undefined,
    async get(args) {
      if (args[0] === 'events') return { items: [] }
      return args.includes('--selector') ? { items } : workload
    },
  }
}
/** Observes the workload `digits` once. */
export const observeDigits = (kubectl: Kubectl, kind = 'deployment', disclosure?: LogDisclosure) =>
  observe(
    kubectl,
    { kind, name: 'digits', namespace: undefined },
    {
      versionFrom: { from: 'env', name: 'MODEL_VERSION' },
      disclosure,
    },
  )
