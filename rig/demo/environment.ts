import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runWorkflow, type WorkflowRequest, type WorkflowResult } from '../act/index.ts'
import { startAlerting } from '../alerting/index.ts'
import { type GitHub, startGitHub, type WorkflowStart } from '../github/index.ts'
import type { Rig } from '../index.ts'
import { run } from '../process/command.ts'
import { throwIfInterrupted } from '../process/interruption.ts'
import { findPodAddress } from './system-state.ts'
import { repositoryName, type UserRepository } from './user-repository.ts'

/** Registered model and release of the example. */
export const model = 'digits'

/** Where the scenes happen: a user's repository on GitHub, with its secrets, and alerting that posts to it. */
export interface DemoEnvironment {
  user: UserRepository
  rig: Rig
  /** A commit that changes the training, and then an event. */
  train(quality: string, event: WorkflowRequest['event']): Promise<WorkflowResult>
  /** Labelled traffic to the served model until an alert has started a workflow. */
  sendTraffic(): Promise<WorkflowResult>
  /** Posts the last alert's payload again, with changes or without. */
  repeatAlert(changes?: Record<string, string>): Promise<WorkflowResult>
  close(): Promise<void>
}

/** What an alert posts at the least: two fields. */
const minimalAlert = { model_name: model, trigger_reason: 'accuracy below 0.90 for 30 minutes' }
/** Prometheus needs bad values for a minute, Alertmanager some seconds. */
const ALERT_TIMEOUT_MS = 240_000

/** @param dist folder of the bundle to run; the committed one by default */
export const openDemoEnvironment = async (
  rig: Rig,
  user: UserRepository,
  dist?: string,
): Promise<DemoEnvironment> => {
  const token = crypto.randomUUID()
  const start = await createWorkflowRunner(user, rig, dist)
  const runs: WorkflowResult[] = []
  let last: Record<string, unknown> = minimalAlert
  const onStart = async ({ workflow, payload }: WorkflowStart) => {
    last = payload.client_payload as Record<string, unknown>
    runs.push(await start(workflow, 'repository_dispatch', payload))
  }
  const workflows = join(user.folder, '.github/workflows')
  const github = await startGitHub({ repository: repositoryName, token, workflows, onStart })
  let stopAlerting = async () => {}

  /** GitHub answers before the workflow has run; it has when there is one more run than before. */
  const next = async (cause: () => Promise<void>): Promise<WorkflowResult> => {
    const before = runs.length
    await cause()
    await github.idle()
    const [only] = runs.slice(before)
    if (only === undefined || runs.length > before + 1) {
      throw new Error(
        `${runs.length - before} workflows were started, not one: ${workflows} has which types?`,
      )
    }
    return only
  }
  return {
    user,
    rig,
    async train(quality, event) {
      await user.changeTraining(quality)
      if (event === 'repository_dispatch')
        return next(() => postDispatch(github, token, 'model-performance-drop', minimalAlert))
      const asked = { inputs: { reason: `try ${quality}` } }
      return start('retrain.yml', event, event === 'schedule' ? { schedule: '23 3 * * 1' } : asked)
    },
    async sendTraffic() {
      const alerting = await startAlerting({
        rig,
        github: { url: github.url, repository: repositoryName, token },
      })
      stopAlerting = alerting.stop
      const lastBefore = last
      const address = await findPodAddress(rig, model)
      return next(async () => {
        // A dispatch that has arrived is enough: more traffic would only change what is measured meanwhile.
        for (const until = Date.now() + ALERT_TIMEOUT_MS; last === lastBefore; ) {
          throwIfInterrupted()
          if (Date.now() > until)
            throw new Error(
              `no alert after ${ALERT_TIMEOUT_MS / 1000} s of traffic: see the logs of prometheus and alertmanager`,
            )
          await run([rig.tools.python, 'traffic.py', `http://${address}`, '--scans', '200'], {
            cwd: user.folder,
          })
          await sleep(3000)
        }
      })
    },
    repeatAlert: (changes = {}) =>
      next(() => postDispatch(github, token, 'performance-alert', { ...last, ...changes })),
    async close() {
      await stopAlerting()
      await github.close()
    },
  }
}

const postDispatch = async (github: GitHub, token: string, type: string, payload: object): Promise<void> => {
  const answer = await fetch(`${github.url}/repos/${repositoryName}/dispatches`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
    body: JSON.stringify({ event_type: type, client_payload: payload }),
  })
  if (answer.status !== 204)
    throw new Error(`GitHub's stand-in answered ${answer.status}: ${await answer.text()}`)
}

/** Runs one workflow of the user for an event, with what GitHub would say of the event. */
export type RunWorkflow = (
  workflow: string,
  event: WorkflowRequest['event'],
  payload: Record<string, unknown>,
) => Promise<WorkflowResult>

/** The user's variables and secrets, as the caller workflows name them, and programs as a hosted runner has them. */
export const createWorkflowRunner = async (
  user: UserRepository,
  rig: Rig,
  dist?: string,
): Promise<RunWorkflow> => {
  const settings = {
    ...(dist && { dist }),
    repository: user.folder,
    vars: { MLFLOW_TRACKING_URI: rig.mlflow.uri, MLFLOW_POD_TRACKING_URI: rig.mlflow.podUri },
    secrets: { KUBECONFIG: await readFile(rig.kubernetes.kubeconfig, 'utf8') },
    path: [dirname(rig.tools.kubectl)],
  }
  return (workflow, event, payload) => runWorkflow({ ...settings, workflow, event, payload })
}
