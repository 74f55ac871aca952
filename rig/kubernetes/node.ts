import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../command.ts'
import { freePort, restartDaemon, startDaemon, stopDaemon, waitUntil } from '../daemon.ts'
import { binary } from './binaries.ts'
import { createBridge, removeBridge } from './bridge.ts'
import { createCgroups, removeCgroups } from './cgroups.ts'
import { credentials } from './credentials.ts'
import { busybox, debian } from './debian.ts'
import { containerdEnvironment, ctrCommand, seedImages, streamImage } from './image-store.ts'
import { cniConfig, containerdConfig, kubeletConfig, type NodeFolders } from './node-config.ts'
import { nodeScript } from './node-script.ts'
import { home, network, nodeName, pidFile } from './places.ts'

const folders: NodeFolders = {
  containerd: join(home, 'containerd'),
  runc: '/run/runc',
  cni: join(home, 'cni'),
  kubelet: join(home, 'kubelet'),
  podLogs: join(home, 'pod-logs'),
}
/** In the order in which they are stopped. */
export const nodeDaemons = ['kubelet', 'node', 'containerd']

/** Prefixes a command so that it runs inside the node: it sees the node's processes, mounts and sockets. */
export const insideNode = async (...command: string[]): Promise<string[]> => {
  const pid = (await readFile(pidFile, 'utf8')).trim()
  return ['nsenter', `--target=${pid}`, '--mount', '--pid', '--', ...command]
}

/** Imports an image, a folder written by `saveImage`, into the running node. */
export const importIntoNode = async (image: string): Promise<void> => {
  const shell = busybox('sh', '-c', streamImage, 'sh', image)
  await run(await insideNode(...shell, ...ctrCommand), { env: containerdEnvironment })
}

/** Gives an image of the running node one more name, as if it had been built anew; costs no space. */
export const tagInNode = async (image: string, name: string): Promise<void> => {
  const names = [image, name].map((each) => `docker.io/${each}`)
  await run(await insideNode(...ctrCommand, 'images', 'tag', '--force', ...names), {
    env: containerdEnvironment,
  })
}

const startNamespace = async (): Promise<void> => {
  const flags = ['--mount', '--propagation=slave', '--pid', '--fork', '--kill-child=SIGKILL']
  const command = [
    'unshare',
    ...flags,
    ...busybox('sh', '-c', nodeScript(), 'sh', debian('bin/busybox'), pidFile),
  ]
  await startDaemon({ name: 'node', command })
  await waitUntil('the node', () => readFile(pidFile, 'utf8'), 10, { daemon: 'node' })
}

/** Starts containerd in namespaces of the node's own; images can be imported from then on. */
export const startContainerd = async (): Promise<void> => {
  await mkdir(folders.cni, { recursive: true })
  await seedImages(folders.containerd)
  await startNamespace()
  await createBridge()
  await createCgroups()
  await writeFile(join(folders.cni, '10-rig.conflist'), cniConfig())
  const config = join(home, 'containerd.toml')
  await writeFile(config, containerdConfig(folders))
  const command = await insideNode(debian('usr/bin/containerd'), '--config', config)
  await startDaemon({ name: 'containerd', command, env: containerdEnvironment })
  await waitUntil('containerd', async () => run(await insideNode(...ctrCommand, 'version')), 30, {
    daemon: 'containerd',
  })
}

/** Starts kubelet, which registers the node. The control plane and containerd must be up. */
export const startKubelet = async (): Promise<void> => {
  const config = join(home, 'kubelet.json')
  await writeFile(config, kubeletConfig(folders, await freePort(), credentials.kubeletClientCertificate))
  const command = await insideNode(
    binary('kubelet'),
    `--config=${config}`,
    `--kubeconfig=${credentials.kubelet}`,
    `--root-dir=${folders.kubelet}`,
    `--cert-dir=${join(folders.kubelet, 'pki')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${network.gateway}`,
  )
  await startDaemon({ name: 'kubelet', command, env: containerdEnvironment })
}

/** Kills kubelet and starts it anew. Containers live on, since they are containerd's. */
export const restartKubelet = (): Promise<void> =>
  restartDaemon('kubelet', { graceSeconds: 0, env: containerdEnvironment })

/**
 * Ends the node and all its pods, in any half state. kubelet goes first, so that it starts nothing anew; then the
 * first process of the namespace, and the kernel ends all others with it and takes their mounts and networks away.
 */
export const stopNode = async (): Promise<void> => {
  for (const name of nodeDaemons) await stopDaemon(name, { graceSeconds: 0 })
  await rm(pidFile, { force: true })
  await removeBridge()
  await removeCgroups()
}
