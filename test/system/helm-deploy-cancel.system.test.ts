import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { runStep, type Step } from '../bundle/runner.ts'
import { type HelmName, type Namespace, openNamespace, tinyChart } from './support/cluster/namespace.ts'

const dist = inject('dist')
let cluster: Namespace
beforeAll(async () => {
  cluster = await openNamespace()
})
afterAll(() => cluster.close())

/** Runs main and post of one step as the runner does, and cancels the job with `signals`. */
async function runCancelled(
  helm: HelmName,
  given: Record<string, string>,
  signals: NonNullable<Step['signals']>,
) {
  const temp = mkdtempSync(join(tmpdir(), 'cancel-'))
  const inputs = {
    namespace: cluster.namespace,
    chart: tinyChart,
    kubeconfig: readFileSync(cluster.rig.kubernetes.kubeconfig, 'utf8'),
    'model-name': 'tiny',
    'model-version': '2',
    'require-verdict': 'false',
    ...given,
  }
  const env = { PATH: cluster.environment(helm).PATH, RUNNER_TEMP: temp }
  const main = await runStep(join(dist, 'helm-deploy.js'), { inputs, env, signals })
  const post = await runStep(join(dist, 'helm-deploy-post.js'), { inputs, env, state: main.state })
  const files = readdirSync(temp)
  const isEvidence = (name: string) =>
    name.startsWith('rollout-evidence-') && name.includes(`.${given.release}-`)
  return { main, post, evidence: files.filter(isEvidence), left: files.filter((name) => !isEvidence(name)) }
}

async function readHistory(helm: HelmName, release: string) {
  const list: { status: string; description: string }[] = JSON.parse(
    await cluster.helm(helm, 'history', release, '--output', 'json'),
  )
  return list
}

/** Waits until Helm has written a pending revision. */
async function waitForPending(helm: HelmName, release: string): Promise<void> {
  const held = async () => (await readHistory(helm, release)).at(-1)?.status.startsWith('pending-')
  await vi.waitUntil(held, { timeout: 120_000, interval: 500 })
}

const NEVER_READY = JSON.stringify({ serve: 'sleep 3600' })
const PROGRESS = /0 of 1 new pods ready/

test.concurrent.each(['helm3', 'helm4'] as const)(
  'cancelled while pods start: the post step rolls back, with %s',
  async (helm) => {
    const release = `cancel-${helm}`
    await cluster.deploy(helm, { release, 'model-version': '1' })
    const { main, post, left, evidence } = await runCancelled(helm, { release, values: NEVER_READY }, [
      { signal: 'SIGINT', when: PROGRESS },
    ])
    expect(main.exitCode).toBe(1)
    expect(main.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Cancelled' })
    // The runner sends SIGTERM after 7.5 s, so main must have ended by then.
    expect(main.annotations.at(-1)?.message).toContain('cancelled')
    expect(post.annotations).toEqual([
      { level: 'warning', message: expect.stringContaining('rolled back to revision 1') },
    ])
    expect(post.summary).toMatch(
      /^### Recovery of release .*\n\n\*\*Release .* was rolled back to revision 1 .*version 1.* and serves it/,
    )
    expect((await readHistory(helm, release)).map(({ description }) => description).at(-1)).toBe(
      'Rollback to 1',
    )
    expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('1')
    expect(evidence).toContain(`rollout-evidence-${cluster.namespace}.${release}-2-2`)
    expect(left).toEqual([])
  },
)

test.concurrent('killed while pods start: the post step rolls back', async () => {
  const release = 'killed'
  await cluster.deploy('helm4', { release, 'model-version': '1' })
  const { main, post, left, evidence } = await runCancelled('helm4', { release, values: NEVER_READY }, [
    { signal: 'SIGKILL', when: PROGRESS },
  ])
  expect(main.signal).toBe('SIGKILL')
  expect(post.log).toContain('rolled back to revision 1')
  expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('1')
  expect(evidence).toContain(`rollout-evidence-${cluster.namespace}.${release}-2-2`)
  expect(left).toEqual([])
})

test.concurrent.each(['helm3', 'helm4'] as const)(
  'cancelled while %s is running: no revision stays pending',
  async (helm) => {
    const release = `pending-${helm}`
    await cluster.deploy(helm, { release, 'model-version': '1' })
    const atWork = waitForPending(helm, release).then(() => Date.now())
    const started = Date.now()
    const { main, post, left, evidence } = await runCancelled(
      helm,
      { release, values: JSON.stringify({ hook: 'sleep 60' }) },
      [{ signal: 'SIGTERM', when: atWork }],
    )
    const signalled = await atWork
    expect(main.outputs.outcome).toBe('failed')
    // The runner kills the step 10 s after its first signal; the hook would take 60 s.
    expect(started + main.durationMs - signalled).toBeLessThan(10_000)
    const revisions = await readHistory(helm, release)
    expect(revisions.length).toBeGreaterThan(2)
    expect(revisions.at(-1)).toMatchObject({ status: 'deployed', description: 'Rollback to 1' })
    expect(revisions.filter(({ status }) => status.startsWith('pending'))).toEqual([])
    expect(post.log).toContain('rolled back to revision 1')
    expect(evidence).toContain(`rollout-evidence-${cluster.namespace}.${release}-2-2`)
    expect(left).toEqual([])
  },
)

test.concurrent('a first install that is cancelled is removed', async () => {
  const release = 'first'
  const { post } = await runCancelled('helm4', { release, values: NEVER_READY }, [
    { signal: 'SIGTERM', when: PROGRESS },
  ])
  expect(post.log).toContain('was uninstalled')
  expect(JSON.parse(await cluster.helm('helm4', 'list', '--filter', release, '--output', 'json'))).toEqual([])
})
