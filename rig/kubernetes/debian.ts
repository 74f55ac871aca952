import { access, cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { computeFingerprint, installOnce } from '../install/install-once.ts'
import { cache } from '../paths.ts'
import { run } from '../process/command.ts'

/** Programs of the node. The CNI plugins need iptables only for host ports and masquerading, which the rig does not use. */
const packages = [
  'busybox-static',
  'containerd',
  'containernetworking-plugins',
  'debian-archive-keyring',
  'debootstrap',
  'libseccomp2',
  'runc',
]

const folder = join(cache, 'debian')

/** Returns the path of a file of the unpacked packages, such as `usr/bin/containerd`. */
export const debianPath = (path: string): string => join(folder, path)

/** Builds the command of a busybox applet such as `ip` or `mount`. It behaves the same on every machine. */
export const busyboxCommand = (...applet: string[]): string[] => [debianPath('bin/busybox'), ...applet]

/** Options for separate lists and archives of apt, with the machine's sources and keys. */
const privateAptOptions = (apt: string): string[] =>
  [
    `Dir::State=${apt}/state`,
    `Dir::State::Lists=${apt}/lists`,
    `Dir::Cache=${apt}/cache`,
    'APT::Sandbox::User=root',
  ]
    .concat('Dir::State::status=/var/lib/dpkg/status', 'Acquire::Languages=none', 'Acquire::Retries=3')
    .flatMap((option) => ['-o', option])

const unpackAll = async (archives: string, into: string): Promise<void> => {
  for (const file of await readdir(archives)) {
    if (file.endsWith('.deb')) await run(['dpkg', '-x', join(archives, file), into])
  }
}

/**
 * Downloads Debian packages and unpacks them into the cache. It runs no package scripts, starts no services and does
 * not change the machine's package state.
 */
export const installDebianPackages = (): Promise<boolean> =>
  installOnce(folder, computeFingerprint('3', ...packages), async (into) => {
    const apt = join(into, 'apt')
    for (const name of ['state', 'lists/partial', 'cache/archives/partial', 'archives']) {
      await mkdir(join(apt, name), { recursive: true })
    }
    await run(['apt-get', ...privateAptOptions(apt), '-q', 'update'])
    await run(['apt-get', ...privateAptOptions(apt), '-q', 'download', ...packages], {
      cwd: join(apt, 'archives'),
    })
    await unpackAll(join(apt, 'archives'), into)
    await rm(apt, { recursive: true })
    // Newer releases have /usr/bin/busybox instead of /bin/busybox.
    await cp(join(into, 'usr/bin/busybox'), join(into, 'bin/busybox'), { force: false }).catch(() => {})
    for (const program of ['usr/bin/containerd', 'bin/busybox']) await access(join(into, program))
  })

const libraryFolder =
  { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as string] ??
  `${process.arch}-linux-gnu`

/** The packages' shared libraries, for LD_LIBRARY_PATH. runc needs one that a minimal machine lacks. */
export const libraries: string = debianPath(`usr/lib/${libraryFolder}`)
