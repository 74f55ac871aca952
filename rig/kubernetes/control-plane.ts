import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { tryRun } from '../process/command.ts'
import { findFreePort, restartDaemon, startDaemon, stopDaemon, waitUntil } from '../process/daemon.ts'
import { binary, kubectl } from './binaries.ts'
import { credentials, writeCredentials } from './credentials.ts'
import { home, kubeconfig } from './paths.ts'

/** In the order in which they are stopped. */
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
  // Its loopback address is nothing that pods could reach, so no endpoints are written for it.
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
  // Else `kubectl logs` looks the node's name up in DNS.
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
  // Quota is refreshed and endings are collected in the rhythm of tests.
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

/** Asks the cluster something as its administrator; the answer is undefined where it refuses. */
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

const isApiReady = () =>
  waitUntil("Kubernetes' API", () => tryKubectl('get', '--raw', '/readyz'), 60, { daemon: 'kube-apiserver' })

/** Kills the API server and starts it again at the same address, as after a crash; etcd keeps everything. */
export const restartApiServer = async (): Promise<void> => {
  await restartDaemon('kube-apiserver', { graceSeconds: 0 })
  await isApiReady()
}

/** Starts etcd, API server, controller manager and scheduler, all on loopback, and waits until the API is ready. */
export const startControlPlane = async (): Promise<void> => {
  const [client, peer, port] = [await findFreePort(), await findFreePort(), await findFreePort()]
  await mkdir(join(home, 'etcd'), { recursive: true, mode: 0o700 })
  await writeCredentials(port)
  await startDaemon({ name: 'etcd', command: etcdCommand(client, peer) })
  await startDaemon({ name: 'kube-apiserver', command: apiServerCommand(port, client) })
  await isApiReady()
  await startDaemon({ name: 'kube-controller-manager', command: controllerManagerCommand() })
  await startDaemon({ name: 'kube-scheduler', command: schedulerCommand() })
}

/** Stops whatever of it runs. etcd's data goes with the state folder, so nothing has to end gently. */
export const stopControlPlane = async (): Promise<void> => {
  for (const name of controlPlaneDaemons) await stopDaemon(name, { graceSeconds: 0 })
}
