import { ownFolders } from '../paths.ts'

/**
 * Kernel settings that kubelet and the bridge plugin would set for the whole machine, with the values that they
 * want to find. The node is shown these instead; the machine's own stay as they are.
 */
export const visibleSettings: Record<string, string> = {
  'kernel/keys/root_maxbytes': '25000000',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'net/ipv4/ip_forward': '1',
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
}

/**
 * The first process of the node, for `unshare --mount --pid --fork`: makes fixed paths private, says that it is
 * ready, then only collects orphans. When it is killed the kernel ends every process of its namespace, shims and
 * containers included, and with the last of them all mounts and pod networks are gone.
 * It runs as `sh -c SCRIPT sh BUSYBOX PIDFILE`; `set -e` ends it at the first thing that fails.
 */
export const renderNodeScript = (): string =>
  [
    'set -e',
    'busybox=$1 pidfile=$2',
    // /proc is still the machine's, so this is the number by which the machine knows this process.
    'read -r pid rest < /proc/self/stat',
    '$busybox mount -t proc proc /proc',
    ...ownFolders.map((folder) => `$busybox mount -t tmpfs -o mode=755 tmpfs ${folder}`),
    '$busybox mkdir -p /run/settings /run/containerd /run/lock',
    ...Object.entries(visibleSettings).flatMap(([path, value]) => {
      const shown = `/run/settings/${path.replaceAll('/', '.')}`
      return [`echo ${value} > ${shown}`, `$busybox mount -o bind ${shown} /proc/sys/${path}`]
    }),
    'echo "$pid" > "$pidfile.new"',
    '$busybox mv "$pidfile.new" "$pidfile"',
    'while true; do $busybox sleep 3600 & wait $!; done',
  ].join('\n')
