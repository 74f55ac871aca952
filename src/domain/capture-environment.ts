import { UserError } from './failure.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a script must not have: our inputs and state, the runner's tokens, and the files by which a step speaks to it. */
const WITHHELD = /^(INPUT_|ACTIONS_|STATE_)|^GITHUB_(ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)$/i

/** The environment of the script: the job's own without what is ours or the runner's, and over it what it is given. */
export function scriptEnvironment(job: Environment, given: Environment): Record<string, string> {
  const merged = Object.entries({ PYTHONUNBUFFERED: '1', ...job, ...given })
  const kept = merged.filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !WITHHELD.test(entry[0]),
  )
  return Object.fromEntries(kept)
}

/** MLflow gives the tags of this JSON object to every run that start_run makes; those that the job has set stay. */
export function runContext(existing: string | undefined, tags: Readonly<Record<string, string>>): string {
  return JSON.stringify({ ...contextTags(existing), ...tags })
}

/** The tags of MLFLOW_RUN_CONTEXT. @throws UserError where it is not a JSON object, as MLflow itself would. */
export function contextTags(existing: string | undefined): Record<string, string> {
  if (!existing?.trim()) return {}
  let tags: unknown
  try {
    tags = JSON.parse(existing)
  } catch {
    tags = undefined
  }
  if (typeof tags === 'object' && tags !== null && !Array.isArray(tags)) {
    return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]))
  }
  throw new UserError(
    'The variable MLFLOW_RUN_CONTEXT of the job is not a JSON object such as {"team": "fraud"}: mend or unset it.',
  )
}
