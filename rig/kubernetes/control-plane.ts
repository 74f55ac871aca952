import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { tryRun } from '../process/command.ts'
import { findFreePort, restartDaemon, startDaemon, stopDaemon, waitUntil } from '../process/daemon.ts'
import { binary, kubectl } from './binaries.ts'
import { credentials, writeCredentials } from './credentials.ts'
import { home, kubeconfig } from './paths.ts'

/** In the order in which `stopControlPlane` stops them. */
export const controlPlaneDaemons = ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd']

const etcdCommand = (client: number, peer: number): string[] => [
  binary('etcd'),
  `--data-dir=${join(home, 'etcd')}`,
  '--name=rig',
  `--listen-client-urls=http://127.0.0.1:${client}`,
  `--advertise-client-urls=http://127.0.0.1:${client}`,
  `--listen-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-cluster=rig=http://127.0.0.1:${peer}`,
  '--unsafe-no-fsync',
  '--log-level=warn',
]

const apiServerCommand = (port: number, etcdPort: number): string[] => [
  binary('kube-apiserver'),
  `--etcd-servers=http://127.0.0.1:${etcdPort}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${port}`,
  `--cert-dir=${credentials.folder}`,
  // Pods cannot reach the loopback address, so the server writes no endpoints for itself.
  '--endpoint-reconciler-type=none',
  '--service-cluster-ip-range=10.96.0.0/16',
  `--token-auth-file=${credentials.tokens}`,
  '--authorization-mode=Node,RBAC',
  '--allow-privileged=true',
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
  `--service-account-key-file=${credentials.serviceAccountKey}`,
  `--kubelet-client-certificate=${credentials.kubeletClientCertificate}`,
  `--kubelet-client-key=${credentials.kubeletClientKey}`,
  // Without this, `kubectl logs` resolves the node's name by DNS.
  '--kubelet-preferred-address-types=InternalIP',
  '--profiling=false',
]

const controllerManagerCommand = (): string[] => [
  binary('kube-controller-manager'),
  `--kubeconfig=${credentials.controllerManager}`,
  '--leader-elect=false',
  '--secure-port=0',
  `--service-account-private-key-file=${credentials.serviceAccountKey}`,
  `--root-ca-file=${credentials.serverCertificate}`,
  // Shorter than the default, for tests of quotas.
  '--resource-quota-sync-period=30s',
  '--kube-api-qps=100',
  '--kube-api-burst=200',
  '--profiling=false',
]

const schedulerCommand = (): string[] => [
  binary('kube-scheduler'),
  `--kubeconfig=${credentials.scheduler}`,
  '--leader-elect=false',
  '--secure-port=0',
  '--profiling=false',
]

/** Runs kubectl as administrator of the cluster. @returns its output; undefined if it fails */
export const tryKubectl = async (...args: string[]): Promise<string | undefined> => {
  const { code, stdout } = await tryRun([
    kubectl,
    '--kubeconfig',
    kubeconfig,
    '--request-timeout=5s',
    ...args,
  ])
  return code === 0 ? stdout.trim() : undefined
}

const waitForApi = () =>
  waitUntil("Kubernetes' API", () => tryKubectl('get', '--raw', '/readyz'), 60, { daemon: 'kube-apiserver' })

/** Kills the API server and starts it again at the same address, as after a crash. etcd keeps the data. */
export const restartApiServer = async (): Promise<void> => {
  await restartDaemon('kube-apiserver', { graceSeconds: 0 })
  await waitForApi()
}

/** Starts etcd, API server, controller manager and scheduler on the loopback interface. Waits until the API is ready. */
export const startControlPlane = async (): Promise<void> => {
  const [client, peer, port] = [await findFreePort(), await findFreePort(), await findFreePort()]
  await mkdir(join(home, 'etcd'), { recursive: true, mode: 0o700 })
  await writeCredentials(port)
  await startDaemon({ name: 'etcd', command: etcdCommand(client, peer) })
  await startDaemon({ name: 'kube-apiserver', command: apiServerCommand(port, client) })
  await waitForApi()
  await startDaemon({ name: 'kube-controller-manager', command: controllerManagerCommand() })
  await startDaemon({ name: 'kube-scheduler', command: schedulerCommand() })
}

/** Stops the running parts. They need no graceful shutdown, because etcd's data is deleted with the state folder. */
export const stopControlPlane = async (): Promise<void> => {
  for (const name of controlPlaneDaemons) await stopDaemon(name, { graceSeconds: 0 })
}
