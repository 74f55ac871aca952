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
export { listKubernetesLeftovers as kubernetesResidue } from './leftovers.ts'

/** How clients find the cluster, and the address at which its pods find servers of this machine. */
export type Cluster = { kubeconfig: string; podGateway: string }

/** Installs everything that a cluster needs into the cache; does nothing for what is there already. */
export const installKubernetes = async (): Promise<void> => {
  assertCacheVisible()
  await reportStep('Debian packages: containerd, runc, CNI plugins', installDebianPackages)
  await reportStep('Kubernetes and etcd, compiled (minutes, the first time)', installBinaries)
}

const startNodeParts = async (): Promise<void> => {
  await startContainerd()
  await importIntoNode(await buildPauseImage())
}

/** Programs of a running cluster that tests can kill and start again. */
export const restartCommands = { 'apiserver-restart': restartApiServer, 'kubelet-restart': restartKubelet }

const nodeReadyQuery = [
  'get',
  'node',
  nodeName,
  '-o',
  'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
]

/** True while every process of a cluster that was started lives. */
export const isKubernetesRunning = async (): Promise<boolean> => {
  const alive = [...controlPlaneDaemons, ...nodeDaemons].map(isDaemonAlive)
  return (await Promise.all(alive)).every(Boolean)
}

/**
 * Starts a real cluster of one node and waits until pods can be made: the node is ready and untainted, and the
 * default service account is there. One that runs already is kept; a half one is cleared first.
 * @throws with the log of the part that did not start; `stopKubernetes` then stops the others.
 */
export const startKubernetes = async (): Promise<Cluster> => {
  const cluster = { kubeconfig, podGateway: network.gateway }
  if (await isKubernetesRunning()) return cluster
  await stopKubernetes()
  await mkdir(home, { recursive: true, mode: 0o700 })
  // Wait for both before throwing: nothing may start while the cleanup runs.
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

/** Ends the cluster from any half state and removes every trace of it but the installed programs. */
export const stopKubernetes = async (): Promise<void> => {
  await stopNode()
  await stopControlPlane()
  await rm(home, { recursive: true, force: true })
}
