import { access, cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { computeFingerprint, installOnce } from '../install/install-once.ts'
import { cache } from '../paths.ts'
import { run } from '../process/command.ts'

/** What the node needs; iptables, which the CNI plugins name too, is only for ports and masquerade: not used. */
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

/** A file of the unpacked packages, such as `usr/bin/containerd`. */
export const debianPath = (path: string): string => join(folder, path)

/** Starts an applet of the static busybox: `ip`, `mount` and the like, the same on every machine. */
export const busyboxCommand = (...applet: string[]): string[] => [debianPath('bin/busybox'), ...applet]

/** Options that give apt lists and archives of its own: the machine's sources and keys, none of its state. */
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
 * Downloads Debian's own packages and unpacks them into the cache. No package script runs, no service starts and
 * the machine's package state stays as it is.
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
    // Newer releases keep in /usr what was in /bin.
    await cp(join(into, 'usr/bin/busybox'), join(into, 'bin/busybox'), { force: false }).catch(() => {})
    for (const program of ['usr/bin/containerd', 'bin/busybox']) await access(join(into, program))
  })

const tuple =
  { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as string] ??
  `${process.arch}-linux-gnu`

/** Where the packages' shared libraries lie, for LD_LIBRARY_PATH: runc needs one that a bare machine lacks. */
export const libraries: string = debianPath(`usr/lib/${tuple}`)
