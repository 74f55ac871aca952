import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { contract } from '../../actions/helm-deploy/contract.ts'
import { main } from '../../actions/helm-deploy/main.ts'
import { openMlflow } from '../../actions/helm-deploy/registry.ts'
import { really } from '../../actions/lease/claim.ts'
import { Held } from '../../actions/lease/taking.ts'
import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { openRelease } from '../../src/adapters/kubernetes/release.ts'
import type { Lease } from '../../src/domain/lease.ts'
import { runStep } from '../bundle/runner.ts'
import { inputsOf, job } from './action-call.ts'
import type { HelmName } from './helm-releases.ts'
import { openSpace, type Space } from './rollback-space.ts'

const dist = inject('dist')
const TOKEN = 'token-of-the-job'
let space: Space
let github: GitHub
beforeAll(async () => {
  const workflows = mkdtempSync(join(tmpdir(), 'workflows-'))
  github = await startGitHub({ repository: 'shop/digits', token: TOKEN, workflows, onStart: async () => {} })
  // As the runner gives it to every step.
  vi.stubEnv('GITHUB_API_URL', github.url)
  space = await openSpace()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await github.close()
  await space.close()
})

/** A release of its own for each try. */
const fresh = (name: string) => `${name}-${randomUUID().slice(0, 4)}`

/** A run on a runner of its own, whose job is as the stand-in says. */
function run(number: string, status: 'in_progress' | 'completed') {
  github.jobs.set(`${number}/1`, [{ name: 'deploy', status, runner_name: `runner-${number}` }])
  return {
    GITHUB_REPOSITORY: 'shop/digits',
    GITHUB_RUN_ID: number,
    RUNNER_NAME: `runner-${number}`,
    GITHUB_API_URL: github.url,
  }
}

const deployed = (helm: HelmName, release: string, version: string, given: Record<string, string> = {}) =>
  space.deploy(helm, { release, 'model-version': version, 'github-token': TOKEN, ...given })

/** Inputs that deploy version 2. */
const second = (release: string) => ({
  ...space.reach(),
  release,
  chart: 'test/system/charts/tiny',
  'model-name': 'tiny',
  'model-version': '2',
  'require-verdict': 'false',
})

/** Begins to deploy version 2 in a step of its own, whose process is killed as soon as Helm has begun, and waits. */
async function killed(helm: HelmName, release: string, number: string, hook: string) {
  const env = {
    ...run(number, 'in_progress'),
    PATH: space.environment(helm).PATH,
    RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'killed-')),
  }
  const inputs = { ...second(release), values: JSON.stringify({ hook }), 'github-token': TOKEN }
  const workspace = process.cwd()
  const begun = pending(helm, release)
  const step = await runStep(join(dist, 'helm-deploy.js'), {
    inputs,
    env,
    workspace,
    signals: [{ signal: 'SIGKILL', when: begun }],
  })
  await begun
  expect(step.signal).toBe('SIGKILL')
  github.jobs.set(`${number}/1`, [{ name: 'deploy', status: 'completed', runner_name: `runner-${number}` }])
  const post = () => runStep(join(dist, 'helm-deploy-post.js'), { inputs, env, workspace, state: step.state })
  return { post }
}

async function pending(helm: HelmName, release: string): Promise<void> {
  const last = async () => JSON.parse(await space.helm(helm, 'history', release, '--output', 'json')).at(-1)
  const held = async () => (await last()).status.startsWith('pending-')
  await vi.waitUntil(() => held().catch(() => false), { timeout: 120_000, interval: 500 })
}

async function leaseOf(release: string): Promise<Lease | undefined> {
  const map = JSON.parse(
    await space.kubectl('get', 'configmap', `retrain-actions.${release}`, '--output', 'json'),
  )
  return map.data?.lease && JSON.parse(map.data.lease)
}

const opened = (release: string) =>
  openRelease(inputsOf(contract, second(release), {}), job({ env: space.environment('helm4') }))

describe('a job that died', () => {
  test.concurrent.each(['helm3', 'helm4'] as const)(
    'with its machine, while %s waited for a hook: the next run puts it right, and deploys',
    async (helm) => {
      const release = fresh(`died-${helm}`)
      await deployed(helm, release, '1')
      await killed(helm, release, helm === 'helm3' ? '31' : '41', 'sleep 3')
      const left = await leaseOf(release)
      expect(left).toMatchObject({ action: 'helm-deploy', underway: { before: 1, version: '2' } })
      const next = await deployed(helm, release, '3')
      expect(next.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '3' })
      expect(next.summary).toMatch(/has ended, as GitHub says.*went back to revision 1/)
      expect(await space.revisions(helm, release)).toContain('Rollback to 1')
      expect(await space.variable(release, 'MODEL_VERSION')).toBe('3')
      expect(await leaseOf(release)).toBeUndefined()
    },
  )

  test.concurrent.each(['helm3', 'helm4'] as const)(
    'and left %s alone with a long hook: the post step ends it, so that it cannot come back',
    async (helm) => {
      const release = fresh(`alone-${helm}`)
      await deployed(helm, release, '1')
      const { post } = await killed(helm, release, helm === 'helm3' ? '32' : '42', 'sleep 120')
      const { log, milliseconds } = await post()
      expect(log).toContain('went back to revision 1')
      expect(milliseconds).toBeLessThan(100_000)
      expect(await space.variable(release, 'MODEL_VERSION')).toBe('1')
      // What helm itself could not write down any more stays in the history; the release is free all the same.
      const history = JSON.parse(await space.helm(helm, 'history', release, '--output', 'json'))
      expect(history.at(-1)).toMatchObject({ status: 'deployed', description: 'Rollback to 1' })
      expect(await leaseOf(release)).toBeUndefined()
    },
  )
})

test.concurrent('a job that is alive is waited for, and never robbed; once it has ended, the next one goes on', async () => {
  const release = fresh('alive')
  await deployed('helm4', release, '1')
  const other = run('51', 'in_progress')
  const store = (await opened(release)).lease
  const lease: Lease = {
    id: 'theirs',
    action: 'promote',
    repository: other.GITHUB_REPOSITORY,
    run: '51',
    attempt: '1',
    runner: other.RUNNER_NAME,
    url: 'https://github.com/shop/digits/actions/runs/51',
    since: new Date(Date.now() - 60_000).toISOString(),
    until: new Date(Date.now() + 600_000).toISOString(),
  }
  expect(await store.swap(undefined, lease)).toBe(true)
  expect(await store.swap(undefined, { ...lease, id: 'late' })).toBe(false)
  const refused = deployed('helm4', release, '2', { timeout: '5s' })
  await expect(refused).rejects.toThrow(Held)
  await expect(refused).rejects.toThrow(
    /held by promote of https:\/\/github.com\/shop\/digits\/actions\/runs\/51/,
  )
  expect(await leaseOf(release)).toEqual(lease)
  expect(await space.revisions('helm4', release)).toHaveLength(1)

  run('51', 'completed')
  const { outputs } = await deployed('helm4', release, '2')
  expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '2' })
  expect(await store.swap(lease, undefined)).toBe(false)
})

test.concurrent('an alert that comes while a deployment is under way waits, and decides by what came of it', async () => {
  const release = fresh('alert')
  await deployed('helm4', release, '1')
  const slow = { serve: 'sleep 5; touch /tmp/ready; exec sleep 3600' }
  const deployment = deployed('helm4', release, '2', { values: JSON.stringify(slow) })
  await vi.waitUntil(async () => (await leaseOf(release))?.underway !== undefined, {
    timeout: 60_000,
    interval: 200,
  })
  const alert = await space.rolledBack('helm4', release, '2')
  expect((await deployment).outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '2' })
  expect(alert.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
})

describe('a pending release that no lease speaks of', () => {
  /** Someone's helm that is killed while it waits for a hook. */
  async function abandoned(helm: HelmName, release: string, hookOn = 'pre-upgrade'): Promise<void> {
    const flags = ['--kubeconfig', space.rig.kubernetes.kubeconfig, '--namespace', space.namespace]
    const values = { model: { name: 'tiny', version: '2' }, hook: 'sleep 300', hookOn }
    const args = ['upgrade', '--install', release, 'test/system/charts/tiny', ...flags]
    const json = Object.entries(values).flatMap(([name, value]) => [
      '--set-json',
      `${name}=${JSON.stringify(value)}`,
    ])
    const child = spawn(space.rig.tools[helm], [...args, ...json], { stdio: 'ignore' })
    await pending(helm, release)
    child.kill('SIGKILL')
  }

  /** The same as a run that comes so much later. */
  const later = (helm: HelmName, release: string, version: string, milliseconds: number) => {
    const context = job({ env: space.environment(helm) })
    const given = {
      ...space.reach(),
      release,
      chart: 'test/system/charts/tiny',
      'model-name': 'tiny',
      'model-version': version,
      'require-verdict': 'false',
    }
    const waiting = { ...really, now: () => Date.now() + milliseconds }
    return main(inputsOf(contract, given, {}), context, { openRelease, openMlflow, waiting })
  }

  test.concurrent.each(['helm3', 'helm4'] as const)(
    'is waited for while it is young, and taken back when it is old, with %s',
    async (helm) => {
      const release = fresh(`stray-${helm}`)
      await deployed(helm, release, '1')
      await abandoned(helm, release)
      const young = deployed(helm, release, '3', { timeout: '5s' })
      await expect(young).rejects.toThrow(/revision 2 is pending-upgrade since .*helm rollback/)
      expect(await space.revisions(helm, release)).toHaveLength(2)

      const old = await later(helm, release, '3', 3_600_000)
      expect(old.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '3' })
      expect(old.summary).toMatch(/longer than any deployment may take.*went back to revision 1/)
    },
  )

  test.concurrent('as a first install is removed when it is old', async () => {
    const release = fresh('stray-first')
    await abandoned('helm4', release, 'pre-install')
    const old = await later('helm4', release, '2', 3_600_000)
    expect(old.outputs).toMatchObject({ outcome: 'deployed', 'live-revision': '1' })
    expect(old.summary).toContain('was uninstalled')
  })
})
