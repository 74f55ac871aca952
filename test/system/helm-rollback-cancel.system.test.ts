import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { runStep, type Step } from '../bundle/runner.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

const dist = inject('dist')
let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
})
afterAll(() => cluster.close())

const SLOW = { serve: 'sleep 6; touch /tmp/ready; exec sleep 3600' }
const PROGRESS = /0 of 1 new pods ready/

/** Runs main like the runner, and terminates it with `signal`. The caller runs the post step. */
async function startRollback(release: string, signal: NonNullable<Step['signals']>[number]) {
  const temp = mkdtempSync(join(tmpdir(), 'cancel-'))
  // The next run is a re-run of the same run.
  const env = {
    PATH: cluster.environment('helm4').PATH,
    RUNNER_TEMP: temp,
    GITHUB_REPOSITORY: 'shop/digits',
    GITHUB_RUN_ATTEMPT: '0',
  }
  const inputs = { ...cluster.clusterInputs(), release, 'model-name': 'tiny', 'bad-model-version': 'live' }
  const main = await runStep(join(dist, 'helm-rollback.js'), { inputs, env, signals: [signal] })
  const post = () => runStep(join(dist, 'helm-rollback-post.js'), { inputs, env, state: main.state })
  return { main, post, temp }
}

/** Terminates main while the pods of the old version start. */
async function interruptRollback(release: string, signal: 'SIGINT' | 'SIGKILL') {
  await cluster.deployVersion('helm4', release, '1', SLOW)
  await cluster.deployVersion('helm4', release, '2')
  return startRollback(release, { signal, when: PROGRESS })
}

test.concurrent('cancelled during the rollback: the post step finishes it, and the next run finds it finished', async () => {
  const { main, post, temp } = await interruptRollback('cancelled', 'SIGINT')
  expect(main.exitCode).toBe(1)
  expect(main.outputs).toMatchObject({ outcome: 'rollback-failed', 'bad-model-version': '2' })
  expect(main.annotations.at(-1)?.message).toContain('the post step finishes it')
  const { annotations, exitCode } = await post()
  expect(exitCode).toBe(0)
  expect(annotations).toEqual([
    { level: 'warning', message: expect.stringMatching(/^Release cancelled: unchanged/) },
  ])
  expect(readdirSync(temp).filter((name) => name.endsWith('.kubeconfig'))).toEqual([])
  const next = await cluster.rollBackVersion('helm4', 'cancelled', '2')
  expect(next.outputs).toMatchObject({
    outcome: 'unchanged',
    'live-model-version': '1',
    'live-revision': '4',
  })
})

test.concurrent('killed during the rollback, without a post step: the next run finishes it', async () => {
  const { main } = await interruptRollback('killed', 'SIGKILL')
  expect(main.outputs).toEqual({})
  const next = await cluster.rollBackVersion('helm4', 'killed', '2')
  expect(next.outputs).toMatchObject({ outcome: 'unchanged', 'live-model-version': '1' })
  expect(next.summary).toContain('rolled back to revision 1')
  const last = await cluster.rollBackVersion('helm4', 'killed', '2')
  expect(last.outputs).toMatchObject({
    outcome: 'unchanged',
    'live-revision': next.outputs['live-revision'],
  })
})

test.concurrent('a killed helm leaves the release locked until the post step unlocks it', async () => {
  const release = 'pending'
  await cluster.deployVersion('helm4', release, '1', { hook: 'sleep 10', hookOn: 'pre-rollback' })
  await cluster.deployVersion('helm4', release, '2')
  const { main, post } = await startRollback(release, { signal: 'SIGTERM', when: waitForPending(release) })
  expect(main.outputs).toMatchObject({ outcome: 'rollback-failed' })
  expect((await post()).annotations).toContainEqual({
    level: 'warning',
    message: expect.stringMatching(/^Release pending: unchanged/),
  })
  expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('1')
  const next = await cluster.rollBackVersion('helm4', release, '2')
  expect(next.outputs).toMatchObject({
    outcome: 'unchanged',
    'live-model-version': '1',
    'live-revision': '4',
  })
})

async function waitForPending(release: string): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(300)) {
    const lines = JSON.parse(await cluster.helm('helm4', 'history', release, '--output', 'json'))
    if (lines.at(-1).status === 'pending-rollback') return
  }
  throw new Error(`no helm began to roll ${release} back`)
}
