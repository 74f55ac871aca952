import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WorkflowResult } from '../../rig/act/index.ts'
import { run } from '../../rig/command.ts'
import { play, printed } from '../../rig/demo/play.ts'
import { readAll } from '../../rig/demo/reading.ts'
import { scenes } from '../../rig/demo/scenes.ts'
import { openStage, runner, type Stage } from '../../rig/demo/stage.ts'
import { createUser, type User } from '../../rig/demo/user.ts'
import { type Rig, up } from '../../rig/index.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { forgetDigits } from './forget.ts'

let rig: Rig
let user: User
let stage: Stage

beforeAll(async () => {
  rig = await up()
  user = await createUser(rig.image)
  await forgetDigits(rig)
  stage = await openStage(rig, user)
})

afterAll(async () => {
  await stage.close()
  await user.remove()
  await forgetDigits(rig)
})

test.each(scenes)('$title', async (scene) => {
  const played = await play(scene, stage)
  const differ = played.claims.filter(({ expected, seen }) => expected !== seen)
  expect(differ, printed(played)).toEqual([])
})

test('a run that was trained elsewhere is judged, deployed and promoted without a training', async () => {
  const before = await readAll(rig, 'digits')
  const runId = await trainElsewhere('--rows=1000')
  const workflow = await runner(user, rig)
  const result = await workflow('retrain.yml', 'workflow_dispatch', { inputs: { 'run-id': runId } })
  expect(result.exitCode, result.log).toBe(0)
  expect(result.jobs.map(({ id }) => id)).not.toContain('train')
  expect(result.jobs.map(({ id }) => id)).toContain('promote')
  const now = await readAll(rig, 'digits')
  expect(now).toMatchObject({
    previous: before.champion,
    servedRun: runId,
    champion: now.served,
    release: now.served,
  })
  expect(now.champion).not.toBe(before.champion)
})

test('a person who overrides the gate is held to a reason, which the ledger keeps', async () => {
  const runId = await trainElsewhere('--quality=worse')
  const workflow = await runner(user, rig)
  const without = await workflow('retrain.yml', 'workflow_dispatch', {
    inputs: { 'run-id': runId, force: 'true' },
  })
  expect(without.exitCode).toBe(1)
  expect(
    without
      .step('gatekeeper')
      .annotations.map(({ message }) => message)
      .join(),
  ).toContain('force-reason')
  const inputs = { 'run-id': runId, force: 'true', 'force-reason': 'the drill' }
  const forced = await workflow('retrain.yml', 'workflow_dispatch', { inputs })
  expect(forced.exitCode, forced.log).toBe(0)
  const now = await readAll(rig, 'digits')
  expect(now).toMatchObject({ servedRun: runId, champion: now.served })
  expect(now.newestTags['retrain.forced']).toContain('the drill')
})

test('the whole chain in one step brings a first model to life', async () => {
  await forgetDigits(rig)
  const workflow = 'retrain-one-step.yml'
  const other = await createUser(rig.image, [workflow])
  const result = await (await runner(other, rig))(workflow, 'schedule', { schedule: '41 4 * * 1' })
  await other.remove()
  expect(result.exitCode, result.log).toBe(0)
  const { outputs, summary } = result.step('retrain')
  expect(outputs).toMatchObject({
    verdict: 'promote',
    outcome: 'deployed',
    promoted: 'true',
    'live-model-version': '1',
  })
  const now = { champion: '1', release: '1', served: '1', servedRun: outputs['run-id'] }
  expect(await readAll(rig, 'digits')).toMatchObject(now)
  expect(summary).toContain('| live now | version 1 |')
  const { users } = JSON.parse(await readFile(rig.kubernetes.kubeconfig, 'utf8'))
  expect(users[0].user.token.length).toBeGreaterThan(10)
  expect(result.log).not.toContain(users[0].user.token)
})

describe('the workflows with a gate to copy', () => {
  let gated: User

  // They name the same model as the chain does, so they have to wait for it.
  beforeAll(async () => {
    await forgetDigits(rig)
    gated = await createUser(rig.image, ['gate-threshold.yml', 'gate-challenger.yml', 'gate-refresh.yml'])
  })

  afterAll(() => gated.remove())

  /** Trains by a recipe and judges. A verdict is a result, so that the run is green whatever it is. */
  async function judge(workflow: string, quality: string): Promise<WorkflowResult> {
    await gated.changeTraining(quality)
    const result = await (await runner(gated, rig))(workflow, 'workflow_dispatch', {})
    expect(result.exitCode, result.log).toBe(0)
    return result
  }

  const outputs = (result: WorkflowResult) => result.step('gatekeeper').outputs

  /** What deploying and promoting would do; nothing of these workflows reaches a cluster. */
  const goLive = (result: WorkflowResult) =>
    connectMlflow(mlflowConnection({ 'tracking-uri': rig.mlflow.uri }, {})).setAlias(
      'digits',
      'champion',
      outputs(result)['model-version'] ?? '',
    )

  test('ask for a least accuracy, in three inputs', async () => {
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

  test('ask a challenger to be better on the same rows, overall and in each slice', async () => {
    const worse = await judge('gate-challenger.yml', 'worse')
    expect(outputs(worse)).toMatchObject({ verdict: 'reject', promote: 'false', 'judged-on': 'same-rows' })
    const better = await judge('gate-challenger.yml', 'better')
    expect(outputs(better)).toMatchObject({ verdict: 'promote', 'judged-on': 'same-rows' })
    expect(better.summary).toContain('accuracy where ink is heavy')
    expect(better.summary).toMatch(/p95.*latency.*at most 50/)
    await goLive(better)
    expect(outputs(await judge('gate-challenger.yml', 'alike'))).toMatchObject({
      verdict: 'inconclusive',
      'rows-needed': expect.stringMatching(/^[0-9]+$/),
    })
  })

  test('ask a refresh to be no worse than the margin', async () => {
    expect(outputs(await judge('gate-refresh.yml', 'alike'))).toMatchObject({
      verdict: 'promote',
      'judged-on': 'same-rows',
    })
    expect(outputs(await judge('gate-refresh.yml', 'worse'))).toMatchObject({ verdict: 'reject' })
  })
})

/** Trains as another team's job would. @returns the run that the script names */
async function trainElsewhere(...args: string[]): Promise<string> {
  const env = { MLFLOW_TRACKING_URI: rig.mlflow.uri, MLFLOW_EXPERIMENT_NAME: 'elsewhere' }
  const printed = await run([rig.tools.python, 'train.py', ...args], { cwd: user.folder, env })
  return /RUN_ID: ([0-9a-f]{32})/.exec(printed)?.[1] ?? ''
}
