import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { dirname } from 'node:path'
import { attempt } from './command.ts'
import { isCold, type Part } from './install.ts'
import { assertCacheVisible } from './kubernetes/places.ts'
import { cache } from './places.ts'

/** Looks for a thing that the rig needs, and gives one line, what is lacking and the cure, or nothing. */
type Need = () => Promise<string | undefined>

const GiB = 2 ** 30

const runs = async (command: string[]): Promise<boolean> =>
  attempt(command).then(
    ({ code }) => code === 0,
    () => false,
  )

const program =
  (name: string, cure: string): Need =>
  async () =>
    (await runs([name, '--version'])) ? undefined : `${name} is not there: ${cure}`

const linuxOfAKnownKind: Need = async () => {
  if (platform() !== 'linux') return `the rig needs Linux, this is ${platform()}: use a virtual machine`
  if (arch() === 'x64' || arch() === 'arm64') return undefined
  return `the rig needs an x86_64 or arm64 machine, this is ${arch()}: use another one`
}

const root: Need = async () =>
  process.getuid?.() === 0 ? undefined : 'the rig starts containers, so it needs root: run it with sudo'

// numpy and scikit-learn, as rig/mlflow/requirements.txt pins them, have no wheels for an older Python.
const newEnough = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

const python: Need = async () => {
  if ((await runs(['python3', '-c', newEnough])) && (await runs(['python3', '-m', 'pip', '--version'])))
    return undefined
  return 'Python 3.11 or newer with venv and pip is not there: apt-get install python3-venv python3-pip'
}

/** The nearest folder above `path` that is there already. */
const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)))

const space =
  (needed: number): Need =>
  async () => {
    const { bavail, bsize } = await statfs(existing(cache))
    if (bavail * bsize >= needed * GiB) return undefined
    const free = ((bavail * bsize) / GiB).toFixed(1)
    return `${cache} has ${free} GiB free, ${needed} are needed: make room, or set XDG_CACHE_HOME elsewhere`
  }

const cacheVisible: Need = async () => {
  try {
    assertCacheVisible()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What a cluster needs beyond what MLflow and the tools do. */
const forKubernetes = [
  root,
  program('apt-get', 'the rig needs a Debian or Ubuntu, whose packages it unpacks'),
  program('dpkg', 'the rig needs a Debian or Ubuntu, whose packages it unpacks'),
  cacheVisible,
]

/**
 * Looks for everything that parts of the rig need of the machine, before anything is started or installed. Go is
 * not among it: where there is none, it is installed.
 * @throws PreflightError naming all that is lacking, one line each with its cure.
 */
export const preflight = async (parts: Part[]): Promise<void> => {
  const needs = [
    linuxOfAKnownKind,
    ...(parts.includes('kubernetes') ? forKubernetes : []),
    python,
    program('git', 'apt-get install git'),
    program('wget', 'apt-get install wget'),
    space(isCold(parts) ? 8 : 1),
  ]
  const missing = (await Promise.all(needs.map((need) => need()))).filter((line) => line !== undefined)
  if (missing.length > 0) throw new PreflightError(missing)
}

/** What the machine lacks, in lines that a person can act on: no stack is of use to anybody. */
export class PreflightError extends Error {
  constructor(missing: string[]) {
    super(['the rig cannot start here:', ...missing.map((line) => `- ${line}`)].join('\n'))
    this.name = 'PreflightError'
  }
}
