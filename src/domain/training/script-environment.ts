import { UserError } from '../core/errors.ts'
import { parseJson } from '../core/text.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Inputs and state of the action, the runner's tokens, and the files of workflow commands. */
const WITHHELD_VARIABLES = /^(INPUT_|ACTIONS_|STATE_)|^GITHUB_(ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)$/i

/** The environment of the script: the job's without withheld variables, overridden by `given`. */
export function scriptEnvironment(job: Environment, given: Environment): Record<string, string> {
  const merged = Object.entries({ PYTHONUNBUFFERED: '1', ...job, ...given })
  const kept = merged.filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !WITHHELD_VARIABLES.test(entry[0]),
  )
  return Object.fromEntries(kept)
}

/** The value of MLFLOW_RUN_CONTEXT: MLflow sets these tags on every run that start_run creates. Keeps tags of the job. */
export function runContext(existing: string | undefined, tags: Readonly<Record<string, string>>): string {
  return JSON.stringify({ ...contextTags(existing), ...tags })
}

/** The tags of MLFLOW_RUN_CONTEXT. @throws UserError if it is not a JSON object; MLflow would fail, too */
export function contextTags(existing: string | undefined): Record<string, string> {
  if (!existing?.trim()) return {}
  const tags = parseJson(existing)
  if (typeof tags === 'object' && tags !== null && !Array.isArray(tags))
    return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]))
  throw new UserError(
    'The variable MLFLOW_RUN_CONTEXT of the job is not a JSON object such as {"team": "fraud"}: fix or unset it.',
  )
}
