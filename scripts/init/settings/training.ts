import { posix } from 'node:path'
import type { Inspection } from '../inspect/index.ts'
import { findInstallation } from '../inspect/installation.ts'
import type { PreviousSettings } from '../inspect/previous-settings.ts'
import { describeScript, type TrainingScript } from '../inspect/training-scripts.ts'
import { InitError, isPlainPath, type Repository } from '../repository.ts'
import type { Chooser } from './chooser.ts'

/** How the workflow starts the training. */
export interface Training {
  /** Commands, one a line. */
  run: string
  /** "." for the root. */
  workingDirectory: string
  /** Empty for the Python of the runner. */
  pythonVersion: string
  /** The experiment that the script selects, else undefined. */
  experiment: string | undefined
  /** The file that lists its packages; undefined if there is none. */
  packages: string | undefined
}

const DEFAULT_PYTHON = '3.12'

/** Chooses the training script and its command. @throws InitError */
export async function chooseTraining(
  repository: Repository,
  inspection: Inspection,
  chooser: Chooser,
  flags: { run?: string | undefined; script?: string | undefined },
): Promise<{ script: TrainingScript | undefined; training: Training }> {
  // An earlier run had a command, where there is no script.
  const previous = inspection.scripts.length === 0 ? inspection.previous.get('run')?.value.trim() : undefined
  const run = flags.run ?? (flags.script === undefined ? previous : undefined)
  if (run?.includes('${{')) throw new InitError('--run contains ${{, which GitHub would evaluate.')
  // With a command, the script only helps to find metrics and names.
  const script =
    run === undefined || inspection.scripts.length === 1 || flags.script !== undefined
      ? await chooseScript(repository, inspection, chooser)
      : undefined
  const command = createCommand(repository, script?.path, run)
  const pythonVersion = command.bringsPython ? '' : choosePython(inspection, chooser)
  if (run === undefined)
    chooser.record(
      'packages',
      command.packages ?? 'none',
      command.packages ? 'nearest to the script' : 'no file lists them',
    )
  const { bringsPython: _, ...training } = command
  return {
    script,
    training: {
      ...training,
      pythonVersion,
      experiment: isLiteral(script?.experiment) ? script?.experiment : undefined,
    },
  }
}

/** GitHub would evaluate an expression. */
const isLiteral = (text = '') => !text.includes('${{')

function choosePython({ python }: Inspection, chooser: Chooser): string {
  return chooser.record('Python', python?.version ?? DEFAULT_PYTHON, python?.source ?? 'default')
}

async function chooseScript(
  repository: Repository,
  { scripts, notebooks, previous }: Inspection,
  chooser: Chooser,
): Promise<TrainingScript> {
  const paths = scripts.map(({ path }) => path)
  const used = paths.filter((path) => isPreviousScript(repository, path, previous))
  const [only] = paths.length === 1 ? paths : used.length === 1 ? used : []
  const missing =
    notebooks.length > 0 ? ` The notebooks ${notebooks.join(', ')} need a script that runs them.` : ''
  const path = await chooser.choose({
    flag: 'script',
    what: 'training script',
    suggestion: only === undefined ? undefined : { value: only, source: describeFinding(scripts, only) },
    findProblem: (value) =>
      repository.files.has(value) ? undefined : 'there is no such file in the repository',
    required:
      paths.length === 0
        ? `No training script found: no Python file imports mlflow and logs a model, and none is named train*.py.${missing} Name it with --script, or its command with --run.`
        : `There are several training scripts: ${paths.join(', ')}. Choose one with --script.`,
  })
  const script = scripts.find((one) => one.path === path)
  return script ?? describeScript(path ?? '', repository.files.get(path ?? '') ?? '')
}

/** Whether an earlier run wrote the command of this script. */
function isPreviousScript(repository: Repository, path: string, previous: PreviousSettings): boolean {
  if (!isPlainPath(path)) return false
  const { run, workingDirectory } = createCommand(repository, path)
  const folder = previous.get('working-directory')?.value ?? '.'
  return run === previous.get('run')?.value.trim() && workingDirectory === folder
}

function describeFinding(scripts: readonly TrainingScript[], path: string): string {
  const script = scripts.find((one) => one.path === path)
  return script?.importsMlflow
    ? 'imports mlflow and logs a model'
    : 'by its name; it does not import mlflow itself'
}

/**
 * The commands that install the packages of a script and run it, in the folder of the file that lists the packages.
 * @param run a command of the user instead
 * @throws InitError for a path that a shell would interpret
 */
export function createCommand(repository: Repository, script: string | undefined, run?: string) {
  if (script === undefined || run !== undefined)
    return { run: run ?? '', workingDirectory: '.', packages: undefined, bringsPython: false }
  const { folder, file, commands, prefix, bringsPython } = findInstallation(repository, script)
  const relative = posix.relative(folder, script)
  if (!isPlainPath(relative))
    throw new InitError(
      `The path ${JSON.stringify(relative)} has characters that a shell interprets. Rename the file, or give the command of the training with --run.`,
    )
  const command = `${prefix}python ${findModule(repository, script) ?? relative}`
  return { run: [...commands, command].join('\n'), workingDirectory: folder, packages: file, bringsPython }
}

/** `-m package.module` for a script with relative imports, which Python cannot start as a file. */
function findModule({ files }: Repository, script: string): string | undefined {
  if (!describeScript(script, files.get(script) ?? '').hasRelativeImports) return undefined
  let root = posix.dirname(script)
  while (root !== '.' && files.has(posix.join(root, '__init__.py'))) root = posix.dirname(root)
  return `-m ${posix.relative(root, script).replace(/\.py$/, '').replaceAll('/', '.')}`
}
