import { mkdir, rm } from 'node:fs/promises'
import { isDaemonAlive, waitUntil } from '../process/daemon.ts'
import { reportStep } from '../progress.ts'
import { installBinaries } from './binaries.ts'
import {
  controlPlaneDaemons,
  restartApiServer,
  startControlPlane,
  stopControlPlane,
  tryKubectl,
} from './control-plane.ts'
import { installDebianPackages } from './debian.ts'
import {
  importIntoNode,
  nodeDaemons,
  restartKubelet,
  startContainerd,
  startKubelet,
  stopNode,
} from './node/node.ts'
import { buildPauseImage } from './node/pause-image.ts'
import { assertCacheVisible, home, kubeconfig, network, nodeName } from './paths.ts'

export { kubectl } from './binaries.ts'
export { listKubernetesLeftovers } from './leftovers.ts'

/** How clients reach the cluster, and the address at which pods reach servers on this machine. */
export type Cluster = { kubeconfig: string; podGateway: string }

/** Installs the programs of a cluster into the cache, unless they are there. */
export const installKubernetes = async (): Promise<void> => {
  assertCacheVisible()
  await reportStep('Debian packages (containerd, runc, CNI plugins)', installDebianPackages)
  await reportStep('Kubernetes and etcd (compile; takes minutes the first time)', installBinaries)
}

const startNodeParts = async (): Promise<void> => {
  await startContainerd()
  await importIntoNode(await buildPauseImage())
}

/** Programs of the running cluster that tests can kill and restart. */
export const restartCommands = { 'apiserver-restart': restartApiServer, 'kubelet-restart': restartKubelet }

const nodeReadyQuery = [
  'get',
  'node',
  nodeName,
  '-o',
  'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
]

/** Whether every daemon of the cluster is alive. */
export const isKubernetesRunning = async (): Promise<boolean> => {
  const alive = [...controlPlaneDaemons, ...nodeDaemons].map(isDaemonAlive)
  return (await Promise.all(alive)).every(Boolean)
}

/**
 * Starts a real cluster with one node. Waits until it can run pods: the node is ready and untainted, and the
 * default service account exists. Keeps a running cluster. Removes a partly running one first.
 * @throws with the log of the part that did not start; `stopKubernetes` then stops the others
 */
export const startKubernetes = async (): Promise<Cluster> => {
  const cluster = { kubeconfig, podGateway: network.gateway }
  if (await isKubernetesRunning()) return cluster
  await stopKubernetes()
  await mkdir(home, { recursive: true, mode: 0o700 })
  // Wait for both before throwing, so that nothing starts during the cleanup.
  const parts = [
    reportStep('Kubernetes control plane', startControlPlane),
    reportStep('containerd', startNodeParts),
  ]
  for (const part of await Promise.allSettled(parts)) if (part.status === 'rejected') throw part.reason
  await startKubelet()
  await reportStep('Kubernetes node', async () => {
    const untainted = async () =>
      (await tryKubectl('get', 'node', nodeName, '-o', 'jsonpath={.spec.taints}')) === ''
    const ready = async () => (await tryKubectl(...nodeReadyQuery)) === 'True' && (await untainted())
    await waitUntil('the node', ready, 90, { daemon: 'kubelet' })
    const account = () => tryKubectl('get', 'serviceaccount', 'default', '-n', 'default', '-o', 'name')
    await waitUntil('the default service account', account, 30, { daemon: 'kube-controller-manager' })
  })
  return cluster
}

/** Stops the cluster, in any state, and removes everything except the installed programs. */
export const stopKubernetes = async (): Promise<void> => {
  await stopNode()
  await stopControlPlane()
  await rm(home, { recursive: true, force: true })
}
