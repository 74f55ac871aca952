import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { dirname } from 'node:path'
import { needsInstall, type Part } from './install/install.ts'
import { assertCacheVisible } from './kubernetes/paths.ts'
import { cache } from './paths.ts'
import { tryRun } from './process/command.ts'

/** Checks one requirement of the rig. Returns one line, what is missing and a hint, or nothing. */
type Requirement = () => Promise<string | undefined>

const GiB = 2 ** 30

const canRun = async (command: string[]): Promise<boolean> =>
  tryRun(command).then(
    ({ code }) => code === 0,
    () => false,
  )

const requireProgram =
  (name: string, hint: string): Requirement =>
  async () =>
    (await canRun([name, '--version'])) ? undefined : `${name} is not there: ${hint}`

const requireLinux: Requirement = async () => {
  if (platform() !== 'linux') return `the rig needs Linux, this is ${platform()}: use a virtual machine`
  if (arch() === 'x64' || arch() === 'arm64') return undefined
  return `the rig needs an x86_64 or arm64 machine, this is ${arch()}: use another one`
}

const requireRoot: Requirement = async () =>
  process.getuid?.() === 0 ? undefined : 'the rig starts containers, so it needs root: run it with sudo'

// numpy and scikit-learn, as rig/mlflow/requirements.txt pins them, have no wheels for an older Python.
const PYTHON_VERSION_CHECK = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

const requirePython: Requirement = async () => {
  if (
    (await canRun(['python3', '-c', PYTHON_VERSION_CHECK])) &&
    (await canRun(['python3', '-m', 'pip', '--version']))
  )
    return undefined
  return 'Python 3.11 or newer with venv and pip is not there: apt-get install python3-venv python3-pip'
}

/** The nearest folder above `path` that is there already. */
const findExistingFolder = (path: string): string =>
  existsSync(path) ? path : findExistingFolder(dirname(path))

const requireDiskSpace =
  (needed: number): Requirement =>
  async () => {
    const { bavail, bsize } = await statfs(findExistingFolder(cache))
    if (bavail * bsize >= needed * GiB) return undefined
    const free = ((bavail * bsize) / GiB).toFixed(1)
    return `${cache} has ${free} GiB free, ${needed} are needed: make room, or set XDG_CACHE_HOME elsewhere`
  }

const requireVisibleCache: Requirement = async () => {
  try {
    assertCacheVisible()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What a cluster needs beyond what MLflow and the tools do. */
const kubernetesRequirements = [
  requireRoot,
  requireProgram('apt-get', 'the rig needs a Debian or Ubuntu, whose packages it unpacks'),
  requireProgram('dpkg', 'the rig needs a Debian or Ubuntu, whose packages it unpacks'),
  requireVisibleCache,
]

/**
 * Looks for everything that parts of the rig need of the machine, before anything is started or installed. Go is
 * not among it: where there is none, it is installed.
 * @throws PreflightError with one line for each missing requirement and its hint.
 */
export const checkRequirements = async (parts: Part[]): Promise<void> => {
  const needs = [
    requireLinux,
    ...(parts.includes('kubernetes') ? kubernetesRequirements : []),
    requirePython,
    requireProgram('git', 'apt-get install git'),
    requireProgram('wget', 'apt-get install wget'),
    requireDiskSpace(needsInstall(parts) ? 8 : 1),
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
