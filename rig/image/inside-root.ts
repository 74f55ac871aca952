import { busyboxCommand, debianPath } from '../kubernetes/debian.ts'
import { isolateCommand, run } from '../process/command.ts'

// A shell line that makes its first argument the root folder of the rest, with what programs expect to find there.
const script = `set -e
busybox=$1 root=$2 local=$3; shift 3
$busybox mount -t proc proc "$root/proc"
$busybox mount -t tmpfs tmpfs "$root/dev/shm"
[ -z "$local" ] || $busybox mount -o bind "$local" "$root/usr/local"
exec $busybox chroot "$root" "$@"`

/** Runs a program inside an unpacked system, whose /usr/local may be a folder from elsewhere. */
export const runInRoot = (root: string, local: string, ...command: string[]): Promise<string> =>
  run(
    isolateCommand(
      ...busyboxCommand('sh', '-c', script, 'sh', debianPath('bin/busybox'), root, local, ...command),
    ),
  )

/**
 * Compiles Python files to bytecode that is believed without a look at the file's time, which a layer does not
 * keep: a pod's user cannot write into the image and would compile everything again at each start.
 */
export const compilePython = (root: string, local: string, folder: string): Promise<string> => {
  const trusted = ['--invalidation-mode', 'unchecked-hash']
  return runInRoot(root, local, 'python3', '-m', 'compileall', '-q', '-f', '-j', '2', ...trusted, folder)
}
