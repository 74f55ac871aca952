import { busyboxCommand, debianPath } from '../kubernetes/debian.ts'
import { isolateCommand, run } from '../process/command.ts'

// Mounts /proc and /dev/shm in the root folder, then runs the command in it.
const script = `set -e
busybox=$1 root=$2 local=$3; shift 3
$busybox mount -t proc proc "$root/proc"
$busybox mount -t tmpfs tmpfs "$root/dev/shm"
[ -z "$local" ] || $busybox mount -o bind "$local" "$root/usr/local"
exec $busybox chroot "$root" "$@"`

/** Runs a command inside an unpacked system. @param local a folder to mount at its /usr/local, or '' */
export const runInRoot = (root: string, local: string, ...command: string[]): Promise<string> =>
  run(
    isolateCommand(
      ...busyboxCommand('sh', '-c', script, 'sh', debianPath('bin/busybox'), root, local, ...command),
    ),
  )

/**
 * Compiles Python files to bytecode that Python does not compare with file times, because a layer does not keep them.
 * Without it, each pod would compile all modules at each start, since its user cannot write to the image.
 */
export const compilePython = (root: string, local: string, folder: string): Promise<string> => {
  const unchecked = ['--invalidation-mode', 'unchecked-hash']
  return runInRoot(root, local, 'python3', '-m', 'compileall', '-q', '-f', '-j', '2', ...unchecked, folder)
}
