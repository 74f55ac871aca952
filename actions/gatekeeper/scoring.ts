import { lstatSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Place } from '../../src/adapters/mlflow/artifacts.ts'
import { downloadModel } from '../../src/adapters/mlflow/download.ts'
import { NotFound, Unlisted } from '../../src/adapters/mlflow/failures.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { Script, ScriptEnd } from '../../src/adapters/process/run-script.ts'
import { UserError } from '../../src/domain/failure.ts'
import { quoted } from '../../src/domain/gate/join-words.ts'
import type { PredictionsPolicy } from '../../src/domain/gate/policy.ts'
import type { Context } from '../../src/runtime/context.ts'
import { scoringEnvironment } from './scoring-environment.ts'

export type Evaluate = Extract<PredictionsPolicy, { kind: 'evaluate' }>
export type Surroundings = Pick<Context, 'env' | 'temp' | 'workspace' | 'cancelled' | 'log'>

/** Why a model has no predictions: the end of a sentence about it. */
export interface Unscored {
  failure: string
  /** Whether the user's script is to blame, and not the model's files. */
  script: boolean
}

export interface ScriptRunner {
  mlflow: Pick<Mlflow, 'list' | 'read'>
  runScript(script: Script): Promise<ScriptEnd>
}

/**
 * Runs the user's script on one model, in a process and an empty folder of its own, without the job's rights
 * (scoring-environment.ts). The script gets MODEL_URI, the folder with the model's files, and PREDICTIONS_PATH, where it
 * writes CSV or Parquet; RUNNER_TEMP and TMPDIR are an empty folder of its own. It is not told which model it has: the
 * folder's name is random. Its working directory is the policy's. What it leaves running in its process group is killed
 * when it ends, and a model whose script leaves more is not scored. All of it is gone when `use` has read the predictions.
 * @throws UserError where the shell or the working directory is not there
 */
export async function scoreByScript<T>(
  context: Surroundings,
  evaluate: Evaluate,
  place: Place | undefined,
  { mlflow, runScript }: ScriptRunner,
  use: (predictions: string) => Promise<T>,
): Promise<T | Unscored> {
  const cwd = workingDirectory(evaluate, context.workspace)
  if (!place) return { failure: 'nobody knows where its files are', script: false }
  const folder = await mkdtemp(join(context.temp, 'scoring-'))
  try {
    const model = join(folder, 'model')
    const temporary = join(folder, 'tmp')
    for (const each of [model, temporary]) await mkdir(each)
    const missing = await missingFiles(mlflow, place, model)
    if (missing) return { failure: missing, script: false }
    const predictions = join(folder, 'predictions')
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), evaluate.timeout)
    const end = await runScript({
      text: evaluate.run,
      shell: evaluate.shell,
      shellNamedBy: 'Policy evaluate.shell',
      cwd,
      // In the job's own RUNNER_TEMP are the files by which steps speak to the runner.
      env: scoringEnvironment(context.env, {
        MODEL_URI: model,
        PREDICTIONS_PATH: predictions,
        RUNNER_TEMP: temporary,
        TMPDIR: temporary,
      }),
      temp: folder,
      endsAll: true,
      cancelled: AbortSignal.any([context.cancelled, late.signal]),
      onLines: () => undefined,
    }).finally(() => clearTimeout(timer))
    context.cancelled.throwIfAborted()
    const failure = late.signal.aborted
      ? `the script did not end within ${evaluate.timeout / 1000} seconds, and was stopped`
      : badEnd(end, predictions)
    return failure ? { failure, script: true } : await use(predictions)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function missingFiles(
  mlflow: ScriptRunner['mlflow'],
  place: Place,
  folder: string,
): Promise<string | undefined> {
  try {
    return (await downloadModel(mlflow, place, folder))
      ? undefined
      : 'its files are not there any more, or no MLmodel is among them'
  } catch (error) {
    if (error instanceof NotFound || error instanceof Unlisted)
      return `its files cannot be had: ${error.message}`
    throw error
  }
}

function badEnd({ code, signal, leftBehind }: ScriptEnd, predictions: string): string | undefined {
  if (signal) return `the script was ended by ${signal}`
  if (code !== 0) return `the script exited with ${code}; the log has what it said`
  if (leftBehind) return 'the script left processes behind that could not be ended'
  const written = lstatSync(predictions, { throwIfNoEntry: false })
  if (!written?.isFile() || written.size === 0) return 'the script wrote no file to $PREDICTIONS_PATH'
  return undefined
}

function workingDirectory({ workingDirectory: given }: Evaluate, workspace: string): string {
  const folder = resolve(workspace, given ?? '.')
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder
  throw new UserError(
    `Policy evaluate.working_directory: ${quoted(given ?? '.')} is not a folder below ${workspace}; check the path, and that a step before has checked the repository out.`,
  )
}
