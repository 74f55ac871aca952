import { buildMlflowEnvironment, type MlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { runScript, type Script, type ScriptResult } from '../../src/adapters/process/run-script.ts'
import { resolveScriptFolder } from '../../src/adapters/process/script-folder.ts'
import {
  findIgnoredLines,
  type IgnoredLine,
  type PrintedOutput,
  parsePrintedRunIds,
  reportsExperimentMismatch,
} from '../../src/domain/training/printed-run-ids.ts'
import { scriptEnvironment } from '../../src/domain/training/script-environment.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { CaptureStrategy, TrackingClient } from './find-run.ts'

export interface Adapters {
  connect(connection: MlflowConnection): TrackingClient
  runScript(script: Script): Promise<ScriptResult>
  now(): number
}

export const systemAdapters: Adapters = {
  connect: connectMlflow,
  runScript: (script) => runScript(script),
  now: Date.now,
}

/** Printed ids to remember; more would not make the run any clearer. */
const MAX_PRINTED_RUN_IDS = 10
const MAX_IGNORED_LINES = 5

/** Runs the user's script with MLflow's variables, without inputs and tokens of the action. */
export async function runUserScript(
  inputs: Inputs<typeof contract>,
  context: Context,
  strategy: CaptureStrategy,
  adapters: Adapters,
): Promise<{ exit: ScriptResult; printed: PrintedOutput }> {
  const printedRunIds = new Set<string>()
  const ignoredLines: IgnoredLine[] = []
  let hasExperimentMismatch = false
  try {
    context.cancelled.throwIfAborted()
    const exit = await adapters.runScript({
      text: inputs.run,
      shell: inputs.shell,
      cwd: resolveScriptFolder(inputs['working-directory'], context.workspace, 'Input working-directory'),
      env: scriptEnvironment(context.env, {
        ...buildMlflowEnvironment(inputs),
        ...buildExperimentVariables(inputs['experiment-name']),
        ...strategy.environment,
      }),
      tempFolder: context.temp,
      cancelled: context.cancelled,
      onLines: (lines) => {
        hasExperimentMismatch ||= reportsExperimentMismatch(lines)
        for (const id of parsePrintedRunIds(lines))
          if (printedRunIds.size < MAX_PRINTED_RUN_IDS) printedRunIds.add(id)
        if (ignoredLines.length < MAX_IGNORED_LINES)
          ignoredLines.push(...findIgnoredLines(lines).slice(0, MAX_IGNORED_LINES - ignoredLines.length))
      },
    })
    return { exit, printed: { runIds: [...printedRunIds], ignoredLines, hasExperimentMismatch } }
  } catch (error) {
    // The script did not start: do not leave its run open.
    await strategy.endOpenRun('FAILED')
    throw error
  }
}

/** MLflow rejects a name together with the id of another experiment, so this unsets an id of the job. */
function buildExperimentVariables(name: string | undefined): Record<string, string | undefined> {
  return name === undefined ? {} : { MLFLOW_EXPERIMENT_NAME: name, MLFLOW_EXPERIMENT_ID: undefined }
}
