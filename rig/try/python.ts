import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { python, pythonBin } from '../mlflow/index.ts'
import { cache } from '../paths.ts'
import { run } from '../process/command.ts'

/** PATH entries and variables for a run with a Python environment of its own. */
export type PythonEnvironment = { path: string[]; env: Record<string, string> }

const pip = `#!/bin/sh
exec "\${0%/*}/python" -m pip "$@"
`

/**
 * Creates an empty Python environment that also finds the packages of the rig's. So a workflow can install any version
 * without changing the environment in which the MLflow server runs.
 */
export const createPythonEnvironment = async (folder: string): Promise<PythonEnvironment> => {
  await run([python, '-m', 'venv', '--without-pip', folder])
  const bin = join(folder, 'bin')
  const purelib = 'import sysconfig; print(sysconfig.get_path("purelib"))'
  const packages = async (program: string) => (await run([program, '-c', purelib])).trim()
  await writeFile(join(await packages(join(bin, 'python')), 'rig.pth'), `${await packages(python)}\n`)
  for (const name of ['pip', 'pip3']) await writeFile(join(bin, name), pip, { mode: 0o755 })
  const pipCache = join(cache, 'try', 'pip')
  await mkdir(pipCache, { recursive: true })
  return {
    path: [bin, pythonBin],
    env: {
      RIG_PYTHON_BIN: bin,
      PIP_NO_DEPS: 'false',
      PIP_CACHE_DIR: pipCache,
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
    },
  }
}
