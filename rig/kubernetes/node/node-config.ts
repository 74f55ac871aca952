import { debianPath } from '../debian.ts'
import { cgroup, containerdSocket, network, pauseImage } from '../paths.ts'

/** The folders of the node. */
export type NodeFolders = { containerd: string; runc: string; cni: string; kubelet: string; podLogs: string }

/** Renders containerd's configuration (version 2, for containerd 1.6 and 1.7). */
export const containerdConfig = (folders: NodeFolders): string => `version = 2
root = "${folders.containerd}"
state = "/run/containerd/state"
disabled_plugins = [
  "io.containerd.internal.v1.restart", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "/run/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # The machine may lack CAP_SYS_RESOURCE; without this runc then dies with "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${debianPath('usr/lib/cni')}"
  conf_dir = "${folders.cni}"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = "${debianPath('usr/sbin/runc')}"
  Root = "${folders.runc}"
  SystemdCgroup = false
`

/** Renders the configuration of a containerd that only imports images into `root`. */
export const imageImportConfig = (root: string): string => `version = 2
root = "${root}"
state = "/run/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "/run/containerd/opt"
`

/** Renders a network with one bridge for pods and host. Without masquerading, the plugin adds no iptables rules. */
export const cniConfig = (): string =>
  JSON.stringify({
    cniVersion: '1.0.0',
    name: 'retrain-actions',
    plugins: [
      {
        type: 'bridge',
        bridge: network.bridge,
        isGateway: true,
        ipMasq: false,
        ipam: { type: 'host-local', ranges: [[{ subnet: network.subnet, gateway: network.gateway }]] },
      },
    ],
  })

/** Renders kubelet's configuration, with short intervals for tests and low requirements for small machines. */
export const kubeletConfig = (folders: NodeFolders, port: number, clientCertificate: string): string =>
  JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.gateway,
    port,
    readOnlyPort: 0,
    healthzPort: 0,
    // Only the API server has access. Its client certificate has all permissions.
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: clientCertificate },
    },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    podLogsDir: folders.podLogs,
    volumePluginDir: `${folders.kubelet}/plugins-exec`,
    resolvConf: '',
    // No DNS server runs there. Without an address, kubelet adds a warning event to each pod.
    clusterDNS: [network.gateway],
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    // 100 disables the garbage collection, because the node cannot pull images again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    nodeStatusUpdateFrequency: '2s',
    syncFrequency: '10s',
    configMapAndSecretChangeDetectionStrategy: 'Watch',
    shutdownGracePeriod: '0s',
    eventRecordQPS: 0,
    kubeAPIQPS: 100,
    kubeAPIBurst: 200,
  })
