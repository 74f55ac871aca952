import { statfs } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { dirname } from 'node:path'
import { attempt } from './kubernetes/command.ts'
import { assertCacheVisible } from './kubernetes/places.ts'
import { cache } from './places.ts'

/** A thing that the rig needs: `missing` gives one line, what is lacking and the cure, or nothing. */
type Need = { missing: () => Promise<string | undefined> }

const GiB = 2 ** 30

const runs = async (command: string[]): Promise<boolean> =>
  attempt(command).then(
    ({ code }) => code === 0,
    () => false,
  )

const program = (name: string, cure: string): Need => ({
  missing: async () => ((await runs([name, '--version'])) ? undefined : `${name} is not there: ${cure}`),
})

const linuxOfAKnownKind: Need = {
  missing: async () => {
    if (platform() !== 'linux') return `the rig needs Linux, this is ${platform()}: use a virtual machine`
    if (arch() !== 'x64' && arch() !== 'arm64')
      return `the rig needs an x86_64 or arm64 machine, this is ${arch()}`
    return undefined
  },
}

const root: Need = {
  missing: async () =>
    process.getuid?.() === 0 ? undefined : 'the rig starts containers, so it needs root: run it with sudo',
}

// numpy and scikit-learn, as rig/mlflow/requirements.txt pins them, have no wheels for an older Python.
const python: Need = {
  missing: async () => {
    const asked = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
    if ((await runs(['python3', '-c', asked])) && (await runs(['python3', '-m', 'pip', '--version'])))
      return undefined
    return 'Python 3.11 or newer with venv and pip is not there: apt-get install python3-venv python3-pip'
  },
}

const space = (needed: number): Need => ({
  missing: async () => {
    let folder = cache
    let found = await statfs(folder).catch(() => undefined)
    while (found === undefined) {
      folder = dirname(folder)
      found = await statfs(folder).catch(() => undefined)
    }
    const free = found.bavail * found.bsize
    if (free >= needed) return undefined
    const gib = (bytes: number) => (bytes / GiB).toFixed(1)
    return `${folder} has ${gib(free)} GiB free, ${gib(needed)} GiB are needed: make room, or set XDG_CACHE_HOME to a larger disk`
  },
})

const cacheVisible: Need = {
  missing: async () => {
    try {
      assertCacheVisible()
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  },
}

/**
 * Looks for everything that the rig needs of the machine, before anything is started or installed.
 * @param options.cold whether the large parts have yet to be installed.
 * @throws naming all that is lacking, one line each with its cure.
 */
export const preflight = async (options: { cold: boolean }): Promise<void> => {
  const needs = [
    linuxOfAKnownKind,
    root,
    python,
    program('apt-get', 'the rig needs a Debian or Ubuntu, whose packages it unpacks'),
    program('dpkg', 'the rig needs a Debian or Ubuntu, whose packages it unpacks'),
    program('git', 'apt-get install git'),
    cacheVisible,
    space((options.cold ? 8 : 1) * GiB),
  ]
  const missing = (await Promise.all(needs.map((need) => need.missing()))).filter(
    (line) => line !== undefined,
  )
  if (missing.length > 0) throw new PreflightError(missing)
}

/** What the machine lacks, in lines that a person can act on: no stack is of use to anybody. */
export class PreflightError extends Error {
  constructor(missing: string[]) {
    super(['the rig cannot start here:', ...missing.map((line) => `- ${line}`)].join('\n'))
    this.name = 'PreflightError'
  }
}
