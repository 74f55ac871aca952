import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import {
  createWorkflowRunner,
  type DemoEnvironment,
  openDemoEnvironment,
} from '../../rig/demo/environment.ts'
import { collectLogs, runScene } from '../../rig/demo/run-scene.ts'
import { scenes } from '../../rig/demo/scenes.ts'
import { readSystemState } from '../../rig/demo/system-state.ts'
import { createUserRepository, type UserRepository } from '../../rig/demo/user-repository.ts'
import { type Rig, up } from '../../rig/index.ts'
import { run } from '../../rig/process/command.ts'
import { deleteExampleModel } from './support/delete-example-model.ts'

let rig: Rig
let user: UserRepository
let stage: DemoEnvironment

beforeAll(async () => {
  rig = await up()
  user = await createUserRepository(rig.image)
  await deleteExampleModel(rig)
  stage = await openDemoEnvironment(rig, user, inject('dist'))
})

afterAll(async () => {
  await stage.close()
  await user.remove()
  await deleteExampleModel(rig)
})

test.each(scenes)('$title', async (scene) => {
  const played = await runScene(scene, stage)
  const differ = played.expectations.filter(({ expected, actual: seen }) => expected !== seen)
  expect(differ, collectLogs(played)).toEqual([])
})

test('a run that was trained elsewhere is evaluated, deployed and promoted without a training', async () => {
  const before = await readSystemState(rig, 'digits')
  const runId = await trainOutsideWorkflow('--rows=1000')
  const workflow = await createWorkflowRunner(user, rig, inject('dist'))
  const result = await workflow('retrain.yml', 'workflow_dispatch', { inputs: { 'run-id': runId } })
  expect(result.exitCode, result.log).toBe(0)
  expect(result.jobs.map(({ id }) => id)).not.toContain('train')
  expect(result.jobs.map(({ id }) => id)).toContain('promote')
  const now = await readSystemState(rig, 'digits')
  expect(now).toMatchObject({
    previous: before.champion,
    servedRun: runId,
    champion: now.served,
    release: now.served,
  })
  expect(now.champion).not.toBe(before.champion)
})

test('a manual override of the gate needs a reason, which the version tags record', async () => {
  const runId = await trainOutsideWorkflow('--quality=worse')
  const workflow = await createWorkflowRunner(user, rig, inject('dist'))
  const without = await workflow('retrain.yml', 'workflow_dispatch', {
    inputs: { 'run-id': runId, force: 'true' },
  })
  expect(without.exitCode).toBe(1)
  expect(
    without
      .step('preflight')
      .annotations.map(({ message }) => message)
      .join(),
  ).toContain('force-reason')
  const inputs = { 'run-id': runId, force: 'true', 'force-reason': 'the drill' }
  const forced = await workflow('retrain.yml', 'workflow_dispatch', { inputs })
  expect(forced.exitCode, forced.log).toBe(0)
  const now = await readSystemState(rig, 'digits')
  expect(now).toMatchObject({ servedRun: runId, champion: now.served })
  expect(now.newestTags['retrain.forced']).toContain('the drill')
})

test('the whole chain in one step deploys and promotes a first model', async () => {
  await deleteExampleModel(rig)
  const workflow = 'retrain-one-step.yml'
  const other = await createUserRepository(rig.image, [workflow])
  const result = await (await createWorkflowRunner(other, rig, inject('dist')))(workflow, 'schedule', {
    schedule: '41 4 * * 1',
  })
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
  expect(await readSystemState(rig, 'digits')).toMatchObject(now)
  expect(summary).toContain('| live now | version 1 |')
  const { users } = JSON.parse(await readFile(rig.kubernetes.kubeconfig, 'utf8'))
  expect(users[0].user.token.length).toBeGreaterThan(10)
  expect(result.log).not.toContain(users[0].user.token)
})

/** Trains outside the workflow. @returns the run id that the script prints */
async function trainOutsideWorkflow(...args: string[]): Promise<string> {
  const env = { MLFLOW_TRACKING_URI: rig.mlflow.uri, MLFLOW_EXPERIMENT_NAME: 'elsewhere' }
  const printed = await run([rig.tools.python, 'train.py', ...args], { cwd: user.folder, env })
  return /RUN_ID: ([0-9a-f]{32})/.exec(printed)?.[1] ?? ''
}
