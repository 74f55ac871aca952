import { mkdir, rm } from 'node:fs/promises'
import { daemonAlive, waitUntil } from '../daemon.ts'
import { step } from '../progress.ts'
import { installBinaries } from './binaries.ts'
import {
  ask,
  controlPlaneDaemons,
  restartApiServer,
  startControlPlane,
  stopControlPlane,
} from './control-plane.ts'
import { installDebianPackages } from './debian.ts'
import {
  importIntoNode,
  nodeDaemons,
  restartKubelet,
  startContainerd,
  startKubelet,
  stopNode,
} from './node.ts'
import { buildPauseImage } from './pause-image.ts'
import { assertCacheVisible, home, kubeconfig, network, nodeName } from './places.ts'

export { kubectl } from './binaries.ts'
export { kubernetesResidue } from './residue.ts'

/** How clients find the cluster, and the address at which its pods find servers of this machine. */
export type Cluster = { kubeconfig: string; podGateway: string }

/** Installs everything that a cluster needs into the cache; does nothing for what is there already. */
export const installKubernetes = async (): Promise<void> => {
  assertCacheVisible()
  await step('Debian packages: containerd, runc, CNI plugins', installDebianPackages)
  await step('Kubernetes and etcd, compiled (minutes, the first time)', installBinaries)
}

const startNodeParts = async (): Promise<void> => {
  await startContainerd()
  await importIntoNode(await buildPauseImage())
}

/** Programs of a running cluster that can be killed and started anew, to see who lives through it. */
export const restarts = { 'apiserver-restart': restartApiServer, 'kubelet-restart': restartKubelet }

const nodeReady = ['get', 'node', nodeName, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}']

/** True while every process of a cluster that was started lives. */
export const kubernetesRuns = async (): Promise<boolean> => {
  const alive = [...controlPlaneDaemons, ...nodeDaemons].map(daemonAlive)
  return (await Promise.all(alive)).every(Boolean)
}

/**
 * Starts a real cluster of one node and waits until pods can be made: the node is ready and untainted, and the
 * default service account is there. One that runs already is kept; a half one is cleared first.
 * @throws with the log of the part that did not come up; `stopKubernetes` then clears what did.
 */
export const startKubernetes = async (): Promise<Cluster> => {
  const cluster = { kubeconfig, podGateway: network.gateway }
  if (await kubernetesRuns()) return cluster
  await stopKubernetes()
  await mkdir(home, { recursive: true, mode: 0o700 })
  // Both come to their end before one's failure is told: nothing may start behind the back of what then tidies up.
  const parts = [step('Kubernetes control plane', startControlPlane), step('containerd', startNodeParts)]
  for (const part of await Promise.allSettled(parts)) if (part.status === 'rejected') throw part.reason
  await startKubelet()
  await step('Kubernetes node', async () => {
    const untainted = async () => (await ask('get', 'node', nodeName, '-o', 'jsonpath={.spec.taints}')) === ''
    const ready = async () => (await ask(...nodeReady)) === 'True' && (await untainted())
    await waitUntil('the node', ready, 90, { daemon: 'kubelet' })
    const account = () => ask('get', 'serviceaccount', 'default', '-n', 'default', '-o', 'name')
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
