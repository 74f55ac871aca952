import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../rig/command.ts'
import { play, printed } from '../../rig/demo/play.ts'
import { readAll } from '../../rig/demo/reading.ts'
import { scenes } from '../../rig/demo/scenes.ts'
import { openStage, runner, type Stage } from '../../rig/demo/stage.ts'
import { createUser, type User } from '../../rig/demo/user.ts'
import { type Rig, up } from '../../rig/index.ts'
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

/** Trains as another team's job would. @returns the run that the script names */
async function trainElsewhere(...args: string[]): Promise<string> {
  const env = { MLFLOW_TRACKING_URI: rig.mlflow.uri, MLFLOW_EXPERIMENT_NAME: 'elsewhere' }
  const printed = await run([rig.tools.python, 'train.py', ...args], { cwd: user.folder, env })
  return /RUN_ID: ([0-9a-f]{32})/.exec(printed)?.[1] ?? ''
}
