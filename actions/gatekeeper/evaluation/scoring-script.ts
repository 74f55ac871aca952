import { lstatSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactLocation } from '../../../src/adapters/mlflow/artifacts/artifacts.ts'
import { downloadModel } from '../../../src/adapters/mlflow/artifacts/download.ts'
import { ArtifactsNotListable, NotFound } from '../../../src/adapters/mlflow/http/faults.ts'
import type { runScript, ScriptResult } from '../../../src/adapters/process/run-script.ts'
import { resolveScriptFolder } from '../../../src/adapters/process/script-folder.ts'
import type { PredictionsPolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import type { Context } from '../../../src/runtime/context.ts'
import { ModelFailure, type ScoringFiles } from './files.ts'
import { mentionsRegistry } from './scoring-form.ts'

export type EvaluatePolicy = Extract<PredictionsPolicy, { kind: 'evaluate' }>
export type ScoringContext = Pick<Context, 'env' | 'temp' | 'workspace' | 'cancelled' | 'log'>

/**
 * Runs the user's script on one model, in its own process and temporary folder, without the job's credentials
 * (createScoringEnvironment). The script reads the model's files from MODEL_URI and writes CSV or Parquet, or a folder of
 * such part files, to PREDICTIONS_PATH. Folder names are random, so that the script cannot tell which model it scores.
 * Processes that remain in its process group are killed. The folder is removed after `use` has read the predictions.
 * @throws UserError if the shell or the working directory does not exist; ModelFailure if the script fails for the model
 */
export async function runScoringScript<T>(
  context: ScoringContext,
  evaluate: EvaluatePolicy,
  place: ArtifactLocation | undefined,
  mlflow: ScoringFiles['mlflow'],
  run: typeof runScript,
  use: (predictions: string) => Promise<T>,
): Promise<T> {
  const { workingDirectory = '.' } = evaluate
  const cwd = resolveScriptFolder(workingDirectory, context.workspace, 'Policy evaluate.working_directory')
  if (!place) throw new ModelFailure('the location of its files is unknown')
  const folder = await mkdtemp(join(context.temp, 'scoring-'))
  try {
    const model = join(folder, 'model')
    const temporary = join(folder, 'tmp')
    for (const each of [model, temporary]) await mkdir(each)
    await downloadModelFiles(mlflow, place, model)
    const predictions = join(folder, 'predictions')
    const deadline = AbortSignal.timeout(evaluate.timeout)
    let callsRegistry = false
    const result = await run({
      text: evaluate.run,
      shell: evaluate.shell,
      shellSource: 'Policy evaluate.shell',
      cwd,
      // The job's own RUNNER_TEMP holds the runner's command files.
      env: createScoringEnvironment(context.env, {
        MODEL_URI: model,
        PREDICTIONS_PATH: predictions,
        RUNNER_TEMP: temporary,
        TMPDIR: temporary,
      }),
      tempFolder: folder,
      killGroupOnExit: true,
      cancelled: AbortSignal.any([context.cancelled, deadline]),
      onLines: (lines) => {
        callsRegistry ||= lines.split('\n').some(mentionsRegistry)
      },
    })
    context.cancelled.throwIfAborted()
    const failure = deadline.aborted
      ? `the script timed out after ${evaluate.timeout / 1000} seconds`
      : describeScriptFailure(result, predictions)
    if (failure !== undefined) throw new ModelFailure(failure, { isScriptFault: true, callsRegistry })
    return await use(predictions)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function downloadModelFiles(mlflow: ScoringFiles['mlflow'], place: ArtifactLocation, folder: string) {
  const isComplete = await downloadModel(mlflow, place, folder).catch((error) => {
    const isUnusable = error instanceof NotFound || error instanceof ArtifactsNotListable
    throw isUnusable ? new ModelFailure(`its files cannot be downloaded: ${error.message}`) : error
  })
  if (!isComplete) throw new ModelFailure('its files are missing, or contain no MLmodel')
}

function describeScriptFailure({ code, signal, hasBackgroundProcesses }: ScriptResult, predictions: string) {
  if (signal) return `the script was killed by ${signal}`
  if (code !== 0) return `the script exited with code ${code}, see the log`
  if (hasBackgroundProcesses) return 'the script left background processes that could not be killed'
  const written = lstatSync(predictions, { throwIfNoEntry: false })
  const isTable = written?.isDirectory() || (written?.isFile() && written.size > 0)
  return isTable ? undefined : 'the script wrote no file to $PREDICTIONS_PATH'
}

type Environment = Readonly<Record<string, string | undefined>>

/** Variables of systems that grant access (registry, runner, clouds, clusters), and the runner's command files. */
const RESERVED_NAME =
  /^(MLFLOW|DATABRICKS|INPUT|STATE|ACTIONS|AWS|AZURE|ARM|GOOGLE|GCP|GCLOUD|CLOUDSDK|KUBE|HELM|DOCKER|SSH|VAULT)_|^KUBECONFIG$|^GITHUB_(ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)$/i
/** Words that occur in the names of secrets. */
const SECRET_NAME =
  /TOKEN|PASSW|PASSPHRASE|(?<!COM|BY)PASS(_|$)|(?<!^|^OLD)PWD|PWD.|SECRET|CREDENTIAL|CREDS|API_?KEY|(ACCESS|PRIVATE|SIGNING)_?KEY|KEY$|CONN(ECTION)?_?STR|DSN(_|$)|^PG|_AUTH$|_PAT$/i
/** scheme://user:password@host and scheme://token@host. */
const CREDENTIALS_IN_URL = /:\/\/[^\s/?#]+@/

/**
 * Creates the environment of a scoring script: the job's environment without variables that look like credentials.
 * Credentials in files on the runner, such as ~/.aws, are not covered.
 */
export function createScoringEnvironment(
  job: Environment,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries({ PYTHONUNBUFFERED: '1', ...job }).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !RESERVED_NAME.test(entry[0]) &&
      !SECRET_NAME.test(entry[0]) &&
      !CREDENTIALS_IN_URL.test(entry[1]),
  )
  return { ...Object.fromEntries(kept), ...given }
}
