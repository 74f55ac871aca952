import { setTimeout as sleep } from 'node:timers/promises'
import { newPodSeen } from './aftermath.ts'
import { quota } from './bad-deploys.ts'
import { ready, type Scenario, serves } from './scenario.ts'
import { RELEASE } from './site.ts'

const timeout = '2m'
const after = (seconds: number) => `sleep ${seconds}; ${ready}`
/** Does something the first time only, also across restarts of the container. */
const once = (script: string, then: string) =>
  `if [ ! -f /state/once ]; then touch /state/once; ${script}; fi; ${then}`

/** Deployments that come up by themselves, and must be let. */
export const SLOW_DEPLOYS: readonly Scenario[] = [
  { name: 'start-20s', what: 'loads for 20 s', timeout, changed: serves(after(20)) },
  { name: 'start-40s', what: 'loads for 40 s', timeout, changed: serves(after(40)) },
  {
    name: 'crash-once',
    what: 'crashes once, then serves',
    timeout,
    changed: serves(once('echo "MLflow answered 503" >&2; exit 1', ready)),
  },
  {
    name: 'init-fails-once',
    what: 'init container fails once (MLflow away), then fetches',
    timeout,
    changed: { init: once('echo "MLflow answered 503" >&2; exit 1', 'echo fetched') },
  },
  { name: 'slow-fetch', what: 'init container fetches for 25 s', timeout, changed: { init: 'sleep 25' } },
  {
    name: 'slow-sidecar',
    what: 'sidecar needs 20 s, the server none',
    timeout,
    changed: { sidecar: after(20) },
  },
  {
    name: 'slow-pull',
    what: 'image takes 20 s to pull',
    timeout,
    changed: async ({ images }) => ({
      image: await images.offer({ slow: 20_000 }),
      pullPolicy: 'IfNotPresent',
    }),
  },
  {
    name: 'registry-away',
    what: 'image registry answers 503 for 15 s',
    timeout,
    changed: async ({ images }) => ({
      image: await images.offer({ away: 15_000 }),
      pullPolicy: 'IfNotPresent',
    }),
  },
  {
    name: 'late-secret',
    what: 'Secret comes after 15 s',
    timeout,
    changed: { secret: 'late' },
    meanwhile: async ({ kubectl }) => {
      await sleep(15_000)
      await kubectl('create', 'secret', 'generic', 'late', '--from-literal=key=value')
    },
  },
  {
    name: 'late-node',
    what: 'no node fits for 20 s',
    timeout,
    changed: async ({ nodeLabel }) => ({ nodeSelector: { [nodeLabel]: 'yes' } }),
    meanwhile: async ({ kubectl, nodeLabel }) => {
      await sleep(20_000)
      await kubectl('label', 'node', '--all', `${nodeLabel}=yes`)
    },
  },
  {
    name: 'late-quota',
    what: 'quota leaves no room for 20 s',
    timeout,
    prepare: (site) => site.apply(quota(1)),
    meanwhile: async (site) => {
      await sleep(20_000)
      await site.apply(quota(10))
    },
  },
  {
    name: 'flapping',
    what: 'ready, not ready, three times, then for good',
    timeout,
    changed: serves(`for i in 1 2 3; do touch /tmp/ready; sleep 3; rm /tmp/ready; sleep 3; done; ${ready}`),
  },
  {
    name: 'scaled-meanwhile',
    what: 'scaled from 1 to 3 replicas in the middle',
    timeout,
    changed: serves(after(10)),
    meanwhile: async ({ kubectl }) => {
      await newPodSeen({ kubectl })
      await sleep(3000)
      await kubectl('scale', `deployment/${RELEASE}`, '--replicas=3')
    },
  },
  {
    name: 'three-slow-replicas',
    what: '3 replicas one after the other, each loads for 8 s',
    timeout,
    usual: { replicas: 3 },
    changed: serves(after(8)),
  },
  {
    name: 'pod-deleted',
    what: 'new pod deleted by hand while it loads',
    timeout,
    changed: serves(after(12)),
    meanwhile: async ({ kubectl }) => {
      await newPodSeen({ kubectl })
      await sleep(4000)
      await kubectl('delete', 'pod', '--selector', 'model-version=2', '--wait=false')
    },
  },
  {
    name: 'busy-node',
    what: 'ten other pods start at the same time',
    timeout,
    changed: serves(after(5)),
    meanwhile: (site) => site.apply(crowd(site.rig.image, 10)),
  },
  { name: 'slow-hook', what: 'pre-upgrade hook takes 20 s', timeout, changed: { hook: 'sleep 20' } },
]

function crowd(image: string, replicas: number): object {
  const labels = { app: 'crowd' }
  const container = { name: 'crowd', image, imagePullPolicy: 'Never', command: ['sleep', '3600'] }
  const spec = {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    containers: [container],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'crowd' },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  }
}
