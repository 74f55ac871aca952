import type { Kubectl } from '../../src/adapters/kubernetes/kubectl.ts'
import { observe } from '../../src/adapters/kubernetes/observe.ts'
import type { PodWords } from '../../src/domain/rollout-redaction.ts'

export const owned = (name: string, uid: string, owner: string, more: object = {}) => ({
  metadata: { name, uid, ownerReferences: [{ uid: owner }], ...more },
})
export const aPod = (name: string, owner: string, over: { metadata?: object; status?: object } = {}) => ({
  kind: 'Pod',
  metadata: { name, uid: name, ownerReferences: [{ uid: owner }], ...over.metadata },
  spec: { containers: [{ name: 'serve', env: [{ name: 'MODEL_VERSION', value: name.slice(-1) }] }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...over.status },
})
export const rs = (name: string, revision: number, owner = 'dep') => ({
  kind: 'ReplicaSet',
  ...owned(name, name, owner, { annotations: { 'deployment.kubernetes.io/revision': String(revision) } }),
})
export const deployment = (over: object = {}) => ({
  kind: 'Deployment',
  metadata: { name: 'digits', namespace: 'ml', uid: 'dep', generation: 3 },
  spec: { replicas: 1, selector: { matchLabels: { app: 'digits' } } },
  status: { observedGeneration: 3, ...over },
})

/** kubectl that answers the first question with the workload, the second with what is around it. */
export function cluster(workload: unknown, items: unknown[]): Kubectl {
  return {
    run: async () => '',
    create: async () => undefined,
    async get(args) {
      if (args[0] === 'events') return { items: [] }
      return args.includes('--selector') ? { items } : workload
    },
  }
}
/** One look at workload `digits`. */
export const look = (kubectl: Kubectl, kind = 'deployment', words?: PodWords) =>
  observe(
    kubectl,
    { kind, name: 'digits', namespace: undefined },
    { from: 'env', name: 'MODEL_VERSION' },
    words,
  )
