import { join } from 'node:path'
import { computeFingerprint } from '../install/install-once.ts'
import { cache, state } from '../paths.ts'

/** The files of a running cluster: configuration, tokens, etcd's data, containers, pod logs. */
export const home: string = join(state, 'kubernetes')

/** Contains the id of the process that holds the node's namespaces. */
export const pidFile: string = join(home, 'node.pid')

/** The administrator's kubeconfig (mode 0600). */
export const kubeconfig: string = join(home, 'kubeconfig')

/** Exists only in the node's mount namespace. */
export const containerdSocket = '/run/containerd/containerd.sock'

/** The network of the pods. They reach servers on this machine at the gateway, and the machine reaches pods at their addresses. */
export const network = { bridge: 'retrain0', gateway: '10.244.0.1', subnet: '10.244.0.0/24', prefix: 24 }

/** Parent of the control groups of all pods. The name is unique for this cache, so cleanup removes nothing else. */
export const cgroup = `retrain-actions-${computeFingerprint(home).slice(0, 8)}`

export const nodeName = 'rig'

/** Images are imported, never pulled. Pods need `imagePullPolicy: Never`. */
export const pauseImage = 'docker.io/retrain-actions/pause:rig'

/** Folders that are empty and private in the node, because Kubernetes writes there at fixed paths. */
export const privateFolders = ['/run', '/var/lib', '/var/log']

/**
 * @throws if the node cannot see the cache; the message names the variable to change
 */
export const assertCacheVisible = (folder: string = cache): void => {
  const hidden = privateFolders.find((privateFolder) => `${folder}/`.startsWith(`${privateFolder}/`))
  if (hidden === undefined) return
  throw new Error(`${folder} is in ${hidden}, which the rig's node replaces; set XDG_CACHE_HOME elsewhere`)
}
