import { setTimeout as sleep } from 'node:timers/promises'
import { waitForNewPod } from '../observe.ts'
import { RELEASE } from '../trial-namespace.ts'
import { createQuota } from './bad-deploys.ts'
import { READY_SCRIPT, type Scenario, serveWith } from './scenario.ts'

const timeout = '2m'
const readyAfter = (seconds: number) => `sleep ${seconds}; ${READY_SCRIPT}`
/** Runs a command only the first time, even if the container restarts. */
const onFirstStart = (script: string, then: string) =>
  `if [ ! -f /state/once ]; then touch /state/once; ${script}; fi; ${then}`

/** Deployments that recover without help. A tool must not roll them back. */
export const SLOW_DEPLOYS: readonly Scenario[] = [
  { name: 'start-20s', description: 'loads for 20 s', timeout, newValues: serveWith(readyAfter(20)) },
  { name: 'start-40s', description: 'loads for 40 s', timeout, newValues: serveWith(readyAfter(40)) },
  {
    name: 'crash-once',
    description: 'crashes once, then serves',
    timeout,
    newValues: serveWith(onFirstStart('echo "MLflow answered 503" >&2; exit 1', READY_SCRIPT)),
  },
  {
    name: 'init-fails-once',
    description: 'init container fails once (MLflow away), then fetches',
    timeout,
    newValues: { init: onFirstStart('echo "MLflow answered 503" >&2; exit 1', 'echo fetched') },
  },
  {
    name: 'slow-fetch',
    description: 'init container fetches for 25 s',
    timeout,
    newValues: { init: 'sleep 25' },
  },
  {
    name: 'slow-sidecar',
    description: 'sidecar needs 20 s, the server none',
    timeout,
    newValues: { sidecar: readyAfter(20) },
  },
  {
    name: 'slow-pull',
    description: 'image takes 20 s to pull',
    timeout,
    newValues: async ({ images }) => ({
      image: await images.publish({ layerDelayMs: 20_000 }),
      pullPolicy: 'IfNotPresent',
    }),
  },
  {
    name: 'registry-away',
    description: 'image registry answers 503 for 15 s',
    timeout,
    newValues: async ({ images }) => ({
      image: await images.publish({ unavailableMs: 15_000 }),
      pullPolicy: 'IfNotPresent',
    }),
  },
  {
    name: 'late-secret',
    description: 'Secret comes after 15 s',
    timeout,
    newValues: { secret: 'late' },
    during: async ({ kubectl }) => {
      await sleep(15_000)
      await kubectl('create', 'secret', 'generic', 'late', '--from-literal=key=value')
    },
  },
  {
    name: 'late-node',
    description: 'no node fits for 20 s',
    timeout,
    newValues: async ({ nodeLabel }) => ({ nodeSelector: { [nodeLabel]: 'yes' } }),
    during: async ({ kubectl, nodeLabel }) => {
      await sleep(20_000)
      await kubectl('label', 'node', '--all', `${nodeLabel}=yes`)
    },
  },
  {
    name: 'late-quota',
    description: 'quota leaves no room for 20 s',
    timeout,
    prepare: (cluster) => cluster.apply(createQuota(1)),
    during: async (cluster) => {
      await sleep(20_000)
      await cluster.apply(createQuota(10))
    },
  },
  {
    name: 'flapping',
    description: 'ready, not ready, three times, then for good',
    timeout,
    newValues: serveWith(
      `for i in 1 2 3; do touch /tmp/ready; sleep 3; rm /tmp/ready; sleep 3; done; ${READY_SCRIPT}`,
    ),
  },
  {
    name: 'scaled-meanwhile',
    description: 'scaled from 1 to 3 replicas in the middle',
    timeout,
    newValues: serveWith(readyAfter(10)),
    during: async ({ kubectl }) => {
      await waitForNewPod({ kubectl })
      await sleep(3000)
      await kubectl('scale', `deployment/${RELEASE}`, '--replicas=3')
    },
  },
  {
    name: 'three-slow-replicas',
    description: '3 replicas one after the other, each loads for 8 s',
    timeout,
    baseValues: { replicas: 3 },
    newValues: serveWith(readyAfter(8)),
  },
  {
    name: 'pod-deleted',
    description: 'new pod deleted by hand while it loads',
    timeout,
    newValues: serveWith(readyAfter(12)),
    during: async ({ kubectl }) => {
      await waitForNewPod({ kubectl })
      await sleep(4000)
      await kubectl('delete', 'pod', '--selector', 'model-version=2', '--wait=false')
    },
  },
  {
    name: 'busy-node',
    description: 'ten other pods start at the same time',
    timeout,
    newValues: serveWith(readyAfter(5)),
    during: (cluster) => cluster.apply(createBusyDeployment(cluster.rig.image, 10)),
  },
  { name: 'slow-hook', description: 'pre-upgrade hook takes 20 s', timeout, newValues: { hook: 'sleep 20' } },
]

function createBusyDeployment(image: string, replicas: number): object {
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
