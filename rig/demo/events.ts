import { join } from 'node:path'
import type { WorkflowResult } from '../act/index.ts'
import { startGitHub } from '../github/index.ts'
import type { Scene } from './scenes.ts'
import { type User, userName } from './user.ts'

/** Runs one workflow of the user for an event, with what GitHub would say of the event. */
export type RunWorkflow = (
  workflow: string,
  event: Scene['event'],
  payload: Record<string, unknown>,
) => Promise<WorkflowResult>

/** What an alert posts: the plain form, two fields. */
const alert = {
  event_type: 'model-performance-drop',
  client_payload: { model_name: 'digits', trigger_reason: 'accuracy below 0.90 for 30 minutes' },
}

/** Lets an event happen to the user's repository. @returns the run that it started. @throws when it started none. */
export const happen = async (
  event: Scene['event'],
  user: User,
  run: RunWorkflow,
): Promise<WorkflowResult> => {
  if (event === 'repository_dispatch') return dispatch(user, run)
  if (event === 'schedule') return run('retrain.yml', event, { schedule: '23 3 * * 1' })
  return run('retrain.yml', event, { inputs: { reason: 'the first model' } })
}

/** Over GitHub's API, as an alert does it: which workflows start is decided by their `types`. */
const dispatch = async (user: User, run: RunWorkflow): Promise<WorkflowResult> => {
  const runs: WorkflowResult[] = []
  const token = crypto.randomUUID()
  const github = await startGitHub({
    repository: userName,
    token,
    workflows: join(user.folder, '.github/workflows'),
    onStart: async ({ workflow, payload }) =>
      void runs.push(await run(workflow, 'repository_dispatch', payload)),
  })
  try {
    const answer = await fetch(`${github.url}/repos/${userName}/dispatches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
      body: JSON.stringify(alert),
    })
    await github.idle()
    const [only] = runs
    if (only === undefined || runs.length > 1) {
      throw new Error(
        `the alert was answered with ${answer.status} and started ${runs.length} workflows, not one: ${await answer.text()}`,
      )
    }
    return only
  } finally {
    await github.close()
  }
}
