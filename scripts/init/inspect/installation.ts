import { posix } from 'node:path'
import { parse } from 'yaml'
import type { Repository } from '../repository.ts'

/** How the packages of the training script are installed. */
export interface Installation {
  /** Folder of the file below, in which the script runs; "." for the root. */
  folder: string
  /** The file that lists the packages; undefined if there is none. */
  file: string | undefined
  /** Commands before the script. */
  commands: readonly string[]
  /** Precedes the command of the script, as `conda run`. */
  prefix: string
  /** Conda brings its own Python. */
  bringsPython: boolean
}

/** Finds the packages of a script: the nearest file that lists them, from its folder up to the root. */
export function findInstallation({ files }: Repository, script: string): Installation {
  for (let folder = posix.dirname(script); ; folder = posix.dirname(folder)) {
    const at = (name: string) => posix.join(folder, name)
    const found = (file: string, commands: string[], prefix = '') => ({
      ...{ folder, file: at(file), commands, prefix },
      bringsPython: prefix.startsWith('conda'),
    })
    if (files.has(at('requirements.txt')))
      return found('requirements.txt', ['python -m pip install --quiet --requirement requirements.txt'])
    for (const name of ['environment.yml', 'environment.yaml'])
      if (isCondaEnvironment(files.get(at(name))))
        return found(
          name,
          [`conda env create --quiet --name training --file ${name}`],
          'conda run --no-capture-output --name training ',
        )
    const project = files.get(at('pyproject.toml')) ?? ''
    if (files.has(at('uv.lock')))
      return found('uv.lock', ['python -m pip install --quiet uv'], 'uv run --locked ')
    if (files.has(at('poetry.lock')))
      return found(
        'poetry.lock',
        ['python -m pip install --quiet poetry', 'poetry install --quiet'],
        'poetry run ',
      )
    if (/^\[(project|build-system)\]/m.test(project))
      return found('pyproject.toml', ['python -m pip install --quiet .'])
    if (folder === '.') return { folder, file: undefined, commands: [], prefix: '', bringsPython: false }
  }
}

/** Other tools use files of this name, too. */
function isCondaEnvironment(text: string | undefined): boolean {
  if (text === undefined) return false
  try {
    return Array.isArray(parse(text)?.dependencies)
  } catch {
    return false
  }
}

/** Finds the Python version of the training, with its source. */
export function findPythonVersion({ files }: Repository): { version: string; source: string } | undefined {
  const pinned = /^(3\.\d+)/.exec(files.get('.python-version')?.trim() ?? '')?.[1]
  if (pinned !== undefined) return { version: pinned, source: '.python-version' }
  for (const [path, text] of files) {
    if (!/^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) continue
    const version = /^[^#\n]*\bpython-version:\s*["']?(3\.\d+)\b/m.exec(text)?.[1]
    if (version !== undefined) return { version, source: path }
  }
  return undefined
}
