import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { WorkflowResult } from '../../rig/act/index.ts'
import { createWorkflowRunner, model, type RunWorkflow } from '../../rig/demo/environment.ts'
import { createUserRepository, type UserRepository } from '../../rig/demo/user-repository.ts'
import { up } from '../../rig/index.ts'
import { startSeparateMlflow } from '../../rig/mlflow/separate-server.ts'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow } from '../../src/adapters/mlflow/mlflow.ts'

let user: UserRepository
let home: string
/** A separate server, because the example workflows use the same model name as the retrain chain of a concurrent test. */
let mlflow: Awaited<ReturnType<typeof startSeparateMlflow>>
let runWorkflow: RunWorkflow

beforeAll(async () => {
  const rig = await up()
  home = await mkdtemp(join(tmpdir(), 'gate-workflows-'))
  mlflow = await startSeparateMlflow({ name: 'mlflow-gates', home })
  user = await createUserRepository(rig.image, [
    'gate-threshold.yml',
    'gate-challenger.yml',
    'gate-refresh.yml',
  ])
  runWorkflow = await createWorkflowRunner(
    user,
    { ...rig, mlflow: { ...rig.mlflow, uri: mlflow.uri } },
    inject('dist'),
  )
})

afterAll(async () => {
  await mlflow.stop()
  await user.remove()
  await rm(home, { recursive: true, force: true })
})

/** Trains with a recipe and evaluates. The run succeeds with any verdict. */
async function evaluate(workflow: string, quality: string): Promise<WorkflowResult> {
  await user.changeTraining(quality)
  const result = await runWorkflow(workflow, 'workflow_dispatch', {})
  expect(result.exitCode, result.log).toBe(0)
  return result
}

const outputs = (result: WorkflowResult) => result.step('gatekeeper').outputs

/** Replaces deployment and promotion, because these workflows have no cluster. */
const setChampion = (result: WorkflowResult) =>
  connectMlflow(resolveMlflowConnection({ 'tracking-uri': mlflow.uri }, {})).setAlias(
    model,
    'champion',
    outputs(result)['model-version'] ?? '',
  )

test('gate-threshold.yml requires an absolute accuracy, in three inputs', async () => {
  const result = await evaluate('gate-threshold.yml', 'baseline')
  expect(outputs(result)).toMatchObject({
    verdict: 'promote',
    'model-version': '1',
    'evaluation-basis': 'logged-metrics',
  })
  expect(result.summary).toContain('not evaluated on the same rows')
  await setChampion(result)
  // An absolute criterion also accepts a model that is worse than the champion.
  expect(outputs(await evaluate('gate-threshold.yml', 'worse'))).toMatchObject({ verdict: 'promote' })
})

test('gate-challenger.yml requires a better candidate on the same rows, overall and in each slice', async () => {
  const worse = await evaluate('gate-challenger.yml', 'worse')
  expect(outputs(worse)).toMatchObject({ verdict: 'reject', promote: 'false', 'evaluation-basis': 'paired' })
  const better = await evaluate('gate-challenger.yml', 'better')
  expect(outputs(better)).toMatchObject({ verdict: 'promote', 'evaluation-basis': 'paired' })
  expect(better.summary).toContain('accuracy where ink is heavy')
  expect(better.summary).toMatch(/p95.*latency.*at most 50/)
  await setChampion(better)
  expect(outputs(await evaluate('gate-challenger.yml', 'alike'))).toMatchObject({
    verdict: 'inconclusive',
    'required-sample-size': expect.stringMatching(/^[0-9]+$/),
  })
})

test('gate-refresh.yml requires a candidate that is no worse than the margin', async () => {
  expect(outputs(await evaluate('gate-refresh.yml', 'alike'))).toMatchObject({
    verdict: 'promote',
    'evaluation-basis': 'paired',
  })
  expect(outputs(await evaluate('gate-refresh.yml', 'worse'))).toMatchObject({ verdict: 'reject' })
})
