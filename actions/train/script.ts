import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { mlflowVariables } from '../../src/adapters/mlflow/variables.ts'
import type { ScriptEnd } from '../../src/adapters/process/run-script.ts'
import { announcedIn } from '../../src/domain/capture.ts'
import { scriptEnvironment } from '../../src/domain/capture-environment.ts'
import { UserError } from '../../src/domain/failure.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { Adapters } from './adapters.ts'
import type { Capturing } from './capturing.ts'
import type { contract } from './contract.ts'

/** Distinct ids that are remembered of what a script prints; more would not make its run any clearer. */
const MOST_ANNOUNCED = 10

/** Runs the user's script with all that it shall know, and nothing of ours. */
export async function runUserScript(
  inputs: Inputs<typeof contract>,
  context: Context,
  way: Capturing,
  adapters: Adapters,
): Promise<{ end: ScriptEnd; announced: readonly string[] }> {
  const announced = new Set<string>()
  try {
    context.cancelled.throwIfAborted()
    const end = await adapters.runScript({
      text: inputs.run,
      shell: inputs.shell,
      cwd: folderOf(inputs['working-directory'], context.workspace),
      env: scriptEnvironment(context.env, {
        ...mlflowVariables(inputs),
        ...experimentVariables(inputs['experiment-name']),
        ...way.variables,
      }),
      temp: context.temp,
      cancelled: context.cancelled,
      onLines: (lines) => {
        for (const id of announcedIn(lines)) if (announced.size < MOST_ANNOUNCED) announced.add(id)
      },
    })
    return { end, announced: [...announced] }
  } catch (error) {
    // The script did not even start, and a run that was made for it must not stay open.
    await way.close('FAILED')
    throw error
  }
}

/** MLflow refuses a name beside the id of another experiment, so an id that the job has set gives way. */
function experimentVariables(name: string | undefined): Record<string, string | undefined> {
  return name === undefined ? {} : { MLFLOW_EXPERIMENT_NAME: name, MLFLOW_EXPERIMENT_ID: undefined }
}

function folderOf(given: string, workspace: string): string {
  const folder = resolve(workspace, given)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder
  throw new UserError(
    `Input working-directory: ${JSON.stringify(given)} is not a folder below ${workspace}; check the path, and that a step before has checked the repository out.`,
  )
}
