import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runWorkflow, type WorkflowResult } from '../../rig/act/index.ts'
import { createUser, type User } from '../../rig/demo/user.ts'
import { up } from '../../rig/index.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { forgetModel } from './forget.ts'

const MODEL = 'digits'

let uri = ''
let mlflow: Mlflow
let user: User

beforeAll(async () => {
  const rig = await up({ only: ['tools', 'mlflow'] })
  uri = rig.mlflow?.uri ?? ''
  mlflow = connectMlflow(mlflowConnection({ 'tracking-uri': uri }, {}))
  user = await createUser('none:none', ['gate-threshold.yml', 'gate-challenger.yml', 'gate-refresh.yml'])
  await forgetModel(uri, MODEL)
})

afterAll(async () => {
  await user.remove()
  await forgetModel(uri, MODEL)
})

/** Trains by a recipe and judges, by a workflow as it is shipped. */
async function judge(workflow: string, quality: string): Promise<WorkflowResult> {
  await user.changeTraining(quality)
  const result = await runWorkflow({
    workflow,
    event: 'workflow_dispatch',
    repository: user.folder,
    vars: { MLFLOW_TRACKING_URI: uri },
  })
  // A verdict is a result, not a failure.
  expect(result.exitCode, result.log).toBe(0)
  return result
}

const outputs = (result: WorkflowResult) => result.step('gatekeeper').outputs

/** What deploying and promoting would do; nothing of these workflows reaches a cluster. */
const goLive = (result: WorkflowResult) =>
  mlflow.setAlias(MODEL, 'champion', outputs(result)['model-version'] ?? '')

describe('the workflows with a gate to copy', () => {
  it('ask for a least accuracy, in three inputs', async () => {
    const result = await judge('gate-threshold.yml', 'baseline')
    expect(outputs(result)).toMatchObject({
      verdict: 'promote',
      'model-version': '1',
      'judged-on': 'stored-values',
    })
    expect(result.summary).toContain('not tested on the same rows')
    await goLive(result)
    // An absolute gate asks for no more than that, also of a model that is worse than the champion.
    expect(outputs(await judge('gate-threshold.yml', 'worse'))).toMatchObject({ verdict: 'promote' })
  })

  it('ask a challenger to be better on the same rows, overall and in each slice', async () => {
    const worse = await judge('gate-challenger.yml', 'worse')
    expect(outputs(worse)).toMatchObject({ verdict: 'reject', promote: 'false', 'judged-on': 'same-rows' })
    const better = await judge('gate-challenger.yml', 'better')
    expect(outputs(better)).toMatchObject({ verdict: 'promote', 'judged-on': 'same-rows' })
    expect(better.summary).toContain('accuracy where ink is heavy')
    expect(better.summary).toMatch(/p95.*latency.*at most 50/)
    expect(better.log).not.toContain('MLFLOW_TRACKING')
    await goLive(better)
    expect(outputs(await judge('gate-challenger.yml', 'alike'))).toMatchObject({
      verdict: 'inconclusive',
      'rows-needed': expect.stringMatching(/^[0-9]+$/),
    })
  })

  it('ask a refresh to be no worse than the margin', async () => {
    expect(outputs(await judge('gate-refresh.yml', 'alike'))).toMatchObject({
      verdict: 'promote',
      'judged-on': 'same-rows',
    })
    expect(outputs(await judge('gate-refresh.yml', 'worse'))).toMatchObject({ verdict: 'reject' })
  })
})
