import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runWorkflow, type WorkflowRequest, type WorkflowResult } from '../act/index.ts'
import { readRunnerSettings } from '../act/runner-settings.ts'
import { startAlerting } from '../alerting/index.ts'
import { type GitHub, startGitHub, type WorkflowStart } from '../github/index.ts'
import type { Rig } from '../index.ts'
import { run } from '../process/command.ts'
import { throwIfInterrupted } from '../process/interruption.ts'
import { findPodAddress } from './system-state.ts'
import { repositoryName, type UserRepository } from './user-repository.ts'

/** The name of the example's registered model and of its release. */
export const model = 'digits'

/** A user's repository on a fake GitHub, with its secrets, and alerting that posts to it. */
export interface DemoEnvironment {
  user: UserRepository
  rig: Rig
  /** Commits a change of the training, then triggers the event. */
  train(quality: string, event: WorkflowRequest['event']): Promise<WorkflowResult>
  /** Sends labelled requests to the served model until an alert starts a workflow. */
  sendTraffic(): Promise<WorkflowResult>
  /** Posts the payload of the last alert again, with changes. */
  repeatAlert(changes?: Record<string, string>): Promise<WorkflowResult>
  close(): Promise<void>
}

/** The required fields of an alert. */
const minimalAlert = { model_name: model, trigger_reason: 'accuracy below 0.90 for 30 minutes' }
/** Prometheus fires after a minute of bad values. Alertmanager adds some seconds. */
const ALERT_TIMEOUT_MS = 240_000

/** @param dist the bundle to run; default: the committed one */
export const openDemoEnvironment = async (
  rig: Rig,
  user: UserRepository,
  dist?: string,
): Promise<DemoEnvironment> => {
  const token = crypto.randomUUID()
  const start = await createWorkflowRunner(user, rig, dist)
  const runs: WorkflowResult[] = []
  let lastPayload: Record<string, unknown> = minimalAlert
  const onStart = async ({ workflow, payload }: WorkflowStart) => {
    lastPayload = payload.client_payload as Record<string, unknown>
    runs.push(await start(workflow, 'repository_dispatch', payload))
  }
  const workflows = join(user.folder, '.github/workflows')
  const github = await startGitHub({ repository: repositoryName, token, workflows, onStart })
  let stopAlerting = async () => {}

  /** Triggers a workflow and returns its run. GitHub answers before the run ends, so this waits for it. */
  const triggerRun = async (trigger: () => Promise<void>): Promise<WorkflowResult> => {
    const previousCount = runs.length
    await trigger()
    await github.idle()
    const [started] = runs.slice(previousCount)
    if (started === undefined || runs.length > previousCount + 1) {
      throw new Error(
        `${runs.length - previousCount} workflows started instead of one; check the types in ${workflows}`,
      )
    }
    return started
  }
  return {
    user,
    rig,
    async train(quality, event) {
      await user.changeTraining(quality)
      if (event === 'repository_dispatch')
        return triggerRun(() => postDispatch(github, token, 'model-performance-drop', minimalAlert))
      const inputs = { inputs: { reason: `try ${quality}` } }
      return start('retrain.yml', event, event === 'schedule' ? { schedule: '23 3 * * 1' } : inputs)
    },
    async sendTraffic() {
      const alerting = await startAlerting({
        rig,
        github: { url: github.url, repository: repositoryName, token },
      })
      stopAlerting = alerting.stop
      const previousPayload = lastPayload
      const address = await findPodAddress(rig, model)
      return triggerRun(async () => {
        // Stops at the first dispatch, because more traffic would change the measured metrics.
        for (const deadline = Date.now() + ALERT_TIMEOUT_MS; lastPayload === previousPayload; ) {
          throwIfInterrupted()
          if (Date.now() > deadline)
            throw new Error(
              `no alert after ${ALERT_TIMEOUT_MS / 1000} s of traffic; see the logs of prometheus and alertmanager`,
            )
          await run([rig.tools.python, 'traffic.py', `http://${address}`, '--scans', '200'], {
            cwd: user.folder,
          })
          await sleep(3000)
        }
      })
    },
    repeatAlert: (changes = {}) =>
      triggerRun(() => postDispatch(github, token, 'performance-alert', { ...lastPayload, ...changes })),
    async close() {
      await stopAlerting()
      await github.close()
    },
  }
}

const postDispatch = async (github: GitHub, token: string, type: string, payload: object): Promise<void> => {
  const response = await fetch(`${github.url}/repos/${repositoryName}/dispatches`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
    body: JSON.stringify({ event_type: type, client_payload: payload }),
  })
  if (response.status !== 204)
    throw new Error(`the fake GitHub answered ${response.status}: ${await response.text()}`)
}

/** Runs a workflow of the user for an event with this `github.event`. */
export type RunWorkflow = (
  workflow: string,
  event: WorkflowRequest['event'],
  payload: Record<string, unknown>,
) => Promise<WorkflowResult>

/** Runs workflows with the variables and secrets of the caller workflows and the programs of a hosted runner. */
export const createWorkflowRunner = async (
  user: UserRepository,
  rig: Rig,
  dist?: string,
): Promise<RunWorkflow> => {
  const settings = { ...(dist && { dist }), repository: user.folder, ...(await readRunnerSettings(rig)) }
  return (workflow, event, payload) => runWorkflow({ ...settings, workflow, event, payload })
}
