import { appendFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { computeFingerprint, installOnce } from '../install/install-once.ts'
import { debianPath } from '../kubernetes/debian.ts'
import { cache } from '../paths.ts'
import { isolateCommand, run } from '../process/command.ts'
import { createTar } from './archive.ts'
import { compilePython } from './inside-root.ts'

const folder = join(cache, 'images', 'base')

/** Debian 12 has Python 3.11, the version of serving/requirements.txt. */
const suite = 'bookworm'
const packages = ['python3', 'ca-certificates']
/** Folders that a container does not need. */
const REMOVED_PATHS = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/share/i18n',
].concat('var/cache/apt', 'var/cache/debconf', 'var/lib/apt/lists', 'var/log')
/** The user that the model runs as. */
const user = { name: 'model', id: 10001 }

/** The unpacked Debian system and the layer made from it. */
export const base = { root: join(folder, 'root'), layer: join(folder, 'layer.tar') }

/** Finds the Debian mirror of this machine. On another distribution there is none, and debootstrap uses its default. */
export const readMirrors = (indexTargets: string): string[] => {
  const line = indexTargets.split('\n').find((target) => / Debian (bookworm|trixie|forky|sid)$/.test(target))
  return line === undefined ? [] : [line.split(' ')[0] ?? '']
}

const unpackDebian = async (root: string): Promise<void> => {
  const targets = [
    'apt-get',
    'indextargets',
    '--format',
    '$(REPO_URI) $(ORIGIN) $(CODENAME)',
    'Created-By: Packages',
  ]
  const keyring = debianPath('usr/share/keyrings/debian-archive-keyring.gpg')
  const options = ['--variant=minbase', `--include=${packages.join(',')}`, `--keyring=${keyring}`]
  const command = [
    '/bin/sh',
    debianPath('usr/sbin/debootstrap'),
    ...options,
    suite,
    root,
    ...readMirrors(await run(targets)),
  ]
  await run(isolateCommand(...command), { env: { DEBOOTSTRAP_DIR: debianPath('usr/share/debootstrap') } })
}

const removeUnusedFiles = async (root: string): Promise<void> => {
  for (const path of REMOVED_PATHS) {
    for (const name of await readdir(join(root, path)).catch(() => [])) {
      await rm(join(root, path, name), { recursive: true, force: true })
    }
  }
}

/** Builds the lowest layer of the image: Debian with Python and a user other than root. */
export const buildBase = (): Promise<boolean> =>
  installOnce(
    folder,
    computeFingerprint('1', suite, ...packages, ...REMOVED_PATHS, JSON.stringify(user)),
    async (into) => {
      const root = join(into, 'root')
      await mkdir(root)
      await unpackDebian(root)
      await removeUnusedFiles(root)
      await appendFile(
        join(root, 'etc/passwd'),
        `${user.name}:x:${user.id}:${user.id}::/tmp:/usr/sbin/nologin\n`,
      )
      await appendFile(join(root, 'etc/group'), `${user.name}:x:${user.id}:\n`)
      await compilePython(root, '', '/usr/lib')
      await createTar(root, join(into, 'layer.tar'))
    },
  )
