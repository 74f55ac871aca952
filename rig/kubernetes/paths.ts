import { join } from 'node:path'
import { computeFingerprint } from '../install/install-once.ts'
import { cache, state } from '../paths.ts'

/** All that a running cluster writes: configuration, tokens, etcd's data, containers, pod logs. */
export const home: string = join(state, 'kubernetes')

/** The number of the process that holds the node's namespaces. */
export const pidFile: string = join(home, 'node.pid')

/** The administrator's kubeconfig (mode 0600). */
export const kubeconfig: string = join(home, 'kubeconfig')

/** Private to the node's own mount namespace, hence the short path: nothing of it is seen on the machine. */
export const containerdSocket = '/run/containerd/containerd.sock'

/** The pods' network. A server on the host is reached by pods at the gateway, and pods by the host at their own address. */
export const network = { bridge: 'retrain0', gateway: '10.244.0.1', subnet: '10.244.0.0/24', prefix: 24 }

/** Parent of every pod's control group, this cache's own, so that nothing else is touched when they are removed. */
export const cgroup = `retrain-actions-${computeFingerprint(home).slice(0, 8)}`

/** The one node's name. */
export const nodeName = 'rig'

/** Images are imported, never pulled; pods name them with `imagePullPolicy: Never`. */
export const pauseImage = 'docker.io/retrain-actions/pause:rig'

/** Folders of the machine that the node sees empty and its own, because Kubernetes writes there at fixed paths. */
export const ownFolders = ['/run', '/var/lib', '/var/log']

/**
 * Refuses a cache that the node could not see.
 * @throws naming the variable to change.
 */
export const assertCacheVisible = (folder: string = cache): void => {
  const hidden = ownFolders.find((own) => `${folder}/`.startsWith(`${own}/`))
  if (hidden === undefined) return
  throw new Error(
    `${folder} lies under ${hidden}, which the rig's node replaces; set XDG_CACHE_HOME elsewhere`,
  )
}
