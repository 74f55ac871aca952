import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { dirname } from 'node:path'
import { needsInstall, type Part } from './install/install.ts'
import { assertCacheVisible } from './kubernetes/paths.ts'
import { cache } from './paths.ts'
import { tryRun } from './process/command.ts'

/** Checks one requirement of the rig. Returns a line with the missing requirement and a hint, or undefined. */
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
    (await canRun([name, '--version'])) ? undefined : `${name} is missing: ${hint}`

const requireLinux: Requirement = async () => {
  if (platform() !== 'linux') return `the rig needs Linux, but this is ${platform()}: use a virtual machine`
  if (arch() === 'x64' || arch() === 'arm64') return undefined
  return `the rig needs an x86_64 or arm64 machine, but this is ${arch()}: use another one`
}

const requireRoot: Requirement = async () =>
  process.getuid?.() === 0 ? undefined : 'the rig needs root to start containers: run it with sudo'

// The pins of numpy and scikit-learn in rig/mlflow/requirements.txt have no wheels for older versions.
const PYTHON_VERSION_CHECK = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

const requirePython: Requirement = async () => {
  if (
    (await canRun(['python3', '-c', PYTHON_VERSION_CHECK])) &&
    (await canRun(['python3', '-m', 'pip', '--version']))
  )
    return undefined
  return 'Python 3.11 or newer with venv and pip is missing: apt-get install python3-venv python3-pip'
}

/** Returns the nearest existing folder at or above `path`. */
const findExistingFolder = (path: string): string =>
  existsSync(path) ? path : findExistingFolder(dirname(path))

const requireDiskSpace =
  (needed: number): Requirement =>
  async () => {
    const { bavail, bsize } = await statfs(findExistingFolder(cache))
    if (bavail * bsize >= needed * GiB) return undefined
    const free = ((bavail * bsize) / GiB).toFixed(1)
    return `${cache} has ${free} GiB free, but the rig needs ${needed}: free space or change XDG_CACHE_HOME`
  }

const requireVisibleCache: Requirement = async () => {
  try {
    assertCacheVisible()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Requirements of the cluster only. */
const kubernetesRequirements = [
  requireRoot,
  requireProgram('apt-get', 'the rig unpacks packages of Debian or Ubuntu'),
  requireProgram('dpkg', 'the rig unpacks packages of Debian or Ubuntu'),
  requireVisibleCache,
]

/**
 * Checks the machine's requirements before anything is installed or started. Go is no requirement, because the rig
 * installs it if it is missing.
 * @throws PreflightError with one line for each missing requirement and its hint
 */
export const checkRequirements = async (parts: Part[]): Promise<void> => {
  const requirements = [
    requireLinux,
    ...(parts.includes('kubernetes') ? kubernetesRequirements : []),
    requirePython,
    requireProgram('git', 'apt-get install git'),
    requireProgram('wget', 'apt-get install wget'),
    requireDiskSpace(needsInstall(parts) ? 8 : 1),
  ]
  const missing = (await Promise.all(requirements.map((check) => check()))).filter(
    (line) => line !== undefined,
  )
  if (missing.length > 0) throw new PreflightError(missing)
}

/** Lists the missing requirements. The message is complete, so the caller prints it without a stack. */
export class PreflightError extends Error {
  constructor(missing: string[]) {
    super(['The rig cannot start on this machine:', ...missing.map((line) => `- ${line}`)].join('\n'))
    this.name = 'PreflightError'
  }
}
