import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../process/command.ts'
import { findFreePort, restartDaemon, startDaemon, stopDaemon, waitUntil } from '../../process/daemon.ts'
import { binary } from '../binaries.ts'
import { credentials } from '../credentials.ts'
import { busyboxCommand, debianPath } from '../debian.ts'
import { home, network, nodeName, pidFile } from '../paths.ts'
import { createBridge, removeBridge } from './bridge.ts'
import { createCgroups, removeCgroups } from './cgroups.ts'
import { containerdEnvironment, ctrCommand, seedImages, streamImage } from './image-store.ts'
import { cniConfig, containerdConfig, kubeletConfig, type NodeFolders } from './node-config.ts'
import { renderNodeScript } from './node-script.ts'

const folders: NodeFolders = {
  containerd: join(home, 'containerd'),
  runc: '/run/runc',
  cni: join(home, 'cni'),
  kubelet: join(home, 'kubelet'),
  podLogs: join(home, 'pod-logs'),
}
/** In the order in which `stopNode` stops them. */
export const nodeDaemons = ['kubelet', 'node', 'containerd']

/** Prefixes a command so that it runs in the node's namespaces. */
export const createNodeCommand = async (...command: string[]): Promise<string[]> => {
  const pid = (await readFile(pidFile, 'utf8')).trim()
  return ['nsenter', `--target=${pid}`, '--mount', '--pid', '--', ...command]
}

/** Imports an image into the running node. @param image a folder written by `saveImage` */
export const importIntoNode = async (image: string): Promise<void> => {
  const shell = busyboxCommand('sh', '-c', streamImage, 'sh', image)
  await run(await createNodeCommand(...shell, ...ctrCommand), { env: containerdEnvironment })
}

/**
 * Imports an image archive into the running node under a full name.
 * @param archive a file descriptor that is open for reading
 * @throws if the archive is none
 */
export const importArchive = async (archive: number, name: string): Promise<void> => {
  const command = [...ctrCommand, 'images', 'import', '--index-name', name, '-']
  await run(await createNodeCommand(...command), { env: containerdEnvironment, stdin: archive })
}

/** Adds a name to an image of the running node, as if it were another image. */
export const tagInNode = async (image: string, name: string): Promise<void> => {
  const names = [image, name].map((each) => `docker.io/${each}`)
  await run(await createNodeCommand(...ctrCommand, 'images', 'tag', '--force', ...names), {
    env: containerdEnvironment,
  })
}

const startNamespace = async (): Promise<void> => {
  const flags = ['--mount', '--propagation=slave', '--pid', '--fork', '--kill-child=SIGKILL']
  const command = [
    'unshare',
    ...flags,
    ...busyboxCommand('sh', '-c', renderNodeScript(), 'sh', debianPath('bin/busybox'), pidFile),
  ]
  await startDaemon({ name: 'node', command })
  await waitUntil('the node', () => readFile(pidFile, 'utf8'), 10, { daemon: 'node' })
}

/** Starts containerd in new namespaces. Then images can be imported. */
export const startContainerd = async (): Promise<void> => {
  await mkdir(folders.cni, { recursive: true })
  await seedImages(folders.containerd)
  await startNamespace()
  await createBridge()
  await createCgroups()
  await writeFile(join(folders.cni, '10-rig.conflist'), cniConfig())
  const config = join(home, 'containerd.toml')
  await writeFile(config, containerdConfig(folders))
  const command = await createNodeCommand(debianPath('usr/bin/containerd'), '--config', config)
  await startDaemon({ name: 'containerd', command, env: containerdEnvironment })
  await waitUntil('containerd', async () => run(await createNodeCommand(...ctrCommand, 'version')), 30, {
    daemon: 'containerd',
  })
}

/** Starts kubelet, which registers the node. Needs the control plane and containerd. */
export const startKubelet = async (): Promise<void> => {
  const config = join(home, 'kubelet.json')
  await writeFile(config, kubeletConfig(folders, await findFreePort(), credentials.kubeletClientCertificate))
  const command = await createNodeCommand(
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

/** Kills kubelet and starts it again. Containers keep running, because containerd owns them. */
export const restartKubelet = (): Promise<void> =>
  restartDaemon('kubelet', { graceSeconds: 0, env: containerdEnvironment })

/**
 * Stops the node and all its pods, in any state. kubelet stops first, so that it starts no containers. Then the first
 * process of the namespace stops, and the kernel kills all others and removes their mounts and networks.
 */
export const stopNode = async (): Promise<void> => {
  for (const name of nodeDaemons) await stopDaemon(name, { graceSeconds: 0 })
  await rm(pidFile, { force: true })
  await removeBridge()
  await removeCgroups()
}
