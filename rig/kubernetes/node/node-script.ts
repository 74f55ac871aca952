import { privateFolders } from '../paths.ts'

/**
 * Kernel settings that kubelet and the bridge plugin would change on the whole machine. The node sees these values
 * instead, so the settings of the machine stay unchanged.
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
 * Renders the script of the node's first process, for `unshare --mount --pid --fork`. It mounts private folders over
 * fixed paths, writes its process id to a file when it is ready, then only reaps orphans. When it is killed, the
 * kernel kills all processes of its namespace, containers included, and removes their mounts and networks.
 * Usage: `sh -c SCRIPT sh BUSYBOX PIDFILE`.
 */
export const renderNodeScript = (): string =>
  [
    'set -e',
    'busybox=$1 pidfile=$2',
    // /proc is still that of the machine, so this is the process id outside the namespace.
    'read -r pid rest < /proc/self/stat',
    '$busybox mount -t proc proc /proc',
    ...privateFolders.map((folder) => `$busybox mount -t tmpfs -o mode=755 tmpfs ${folder}`),
    '$busybox mkdir -p /run/settings /run/containerd /run/lock',
    ...Object.entries(visibleSettings).flatMap(([path, value]) => {
      const shown = `/run/settings/${path.replaceAll('/', '.')}`
      return [`echo ${value} > ${shown}`, `$busybox mount -o bind ${shown} /proc/sys/${path}`]
    }),
    'echo "$pid" > "$pidfile.new"',
    '$busybox mv "$pidfile.new" "$pidfile"',
    'while true; do $busybox sleep 3600 & wait $!; done',
  ].join('\n')
