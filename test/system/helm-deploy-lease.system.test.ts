import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { contract } from '../../actions/helm-deploy/contract.ts'
import { openRelease } from '../../src/adapters/kubernetes/release/release.ts'
import { formatMicroTime, type Lease } from '../../src/domain/release/lease.ts'
import { LeaseHeldError } from '../../src/release/lease/acquire.ts'
import { systemEnvironment } from '../../src/release/lease/lease-request.ts'
import { unlockRelease } from '../../src/release/recovery/recover.ts'
import { withLease } from '../../src/release/with-lease.ts'
import { runStep, type Step } from '../bundle/runner.ts'
import { leaseRequest } from '../fakes/leases.ts'
import { createJob, inputsOf } from './support/action-call.ts'
import type { HelmName } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

const dist = inject('dist')
let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
})
afterAll(() => cluster.close())

/** A new release name for each attempt. */
const newReleaseName = (name: string) => `${name}-${randomUUID().slice(0, 4)}`

const deployVersion = (
  helm: HelmName,
  release: string,
  version: string,
  given: Record<string, string> = {},
) => cluster.deploy(helm, { release, 'model-version': version, ...given })

/** Inputs that deploy version 2. */
const secondDeployInputs = (release: string) => ({
  ...cluster.clusterInputs(),
  release,
  chart: 'test/system/charts/tiny',
  'model-name': 'tiny',
  'model-version': '2',
  'require-verdict': 'false',
})

/** Deploys version 2 in a separate process, in run `number` on another runner, and sends it these signals. */
function startStep(
  helm: HelmName,
  release: string,
  { number, values, signals }: { number: string; values: object; signals: NonNullable<Step['signals']> },
) {
  const env = {
    GITHUB_REPOSITORY: 'shop/digits',
    GITHUB_RUN_ID: number,
    RUNNER_NAME: `runner-${number}`,
    PATH: cluster.environment(helm).PATH,
    RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'step-')),
  }
  const step = { inputs: { ...secondDeployInputs(release), values: JSON.stringify(values) }, env }
  const workspace = process.cwd()
  return {
    main: runStep(join(dist, 'helm-deploy.js'), { ...step, workspace, signals }),
    post: (state: Record<string, string>) =>
      runStep(join(dist, 'helm-deploy-post.js'), { ...step, workspace, state }),
  }
}

/** Starts a deployment of version 2 that waits for a hook, and kills its process as soon as Helm has started. */
async function runKilled(helm: HelmName, release: string, number: string, hook: string) {
  const begun = waitForPending(helm, release).then(() => Date.now())
  const signals = [{ signal: 'SIGKILL' as const, when: begun }]
  const { main, post } = startStep(helm, release, { number, values: { hook }, signals })
  const step = await main
  expect(step.signal).toBe('SIGKILL')
  return { killedAt: await begun, post: () => post(step.state) }
}

async function readHistory(helm: HelmName, release: string) {
  const text = await cluster.helm(helm, 'history', release, '--output', 'json')
  return JSON.parse(text) as { status: string; description: string; updated: string }[]
}

async function waitForPending(helm: HelmName, release: string): Promise<void> {
  const isPending = async () => (await readHistory(helm, release)).at(-1)?.status.startsWith('pending-')
  await vi.waitUntil(() => isPending().catch(() => false), { timeout: 120_000, interval: 500 })
}

const openReleaseAs = (release: string, helm: HelmName = 'helm4') =>
  openRelease(
    inputsOf(contract, secondDeployInputs(release), {}),
    createJob({ env: cluster.environment(helm) }),
  )

const readLease = async (release: string) => (await openReleaseAs(release)).lease.read()
const released = { holderIdentity: '', operation: undefined }

describe('a job that was killed', () => {
  test.concurrent.each(['helm3', 'helm4'] as const)(
    'without its post step, while %s waited for a hook: the next run takes over within 75 s of the kill, recovers, and upgrades',
    async (helm) => {
      const release = newReleaseName(`killed-${helm}`)
      await deployVersion(helm, release, '1')
      const { killedAt } = await runKilled(helm, release, helm === 'helm3' ? '31' : '41', 'sleep 300')
      const left = await readLease(release)
      expect(left?.holderIdentity).toMatch(/^helm-deploy of .*shop\/digits\/actions\/runs\/[34]1 /)
      expect(left?.operation).toMatchObject({ previousRevision: 1, version: '2' })
      const next = await deployVersion(helm, release, '3')
      expect(next.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '3' })
      expect(next.summary).toMatch(/did not finish its work on the release.*rolled back to revision 1/)
      const lease = await readLease(release)
      // The guaranteed time of a takeover. Recovery and upgrade then take as long as their pods.
      expect((Date.parse(lease?.acquireTime ?? '') - killedAt) / 1000).toBeLessThan(75)
      expect(await cluster.listRevisions(helm, release)).toContain('Rollback to 1')
      expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('3')
      expect(lease).toMatchObject(released)
    },
  )

  test.concurrent.each(['helm3', 'helm4'] as const)(
    'and left %s alone with a long hook: the post step takes over at once, and ends that Helm process',
    async (helm) => {
      const release = newReleaseName(`alone-${helm}`)
      await deployVersion(helm, release, '1')
      const { post } = await runKilled(helm, release, helm === 'helm3' ? '32' : '42', 'sleep 120')
      const { log, durationMs } = await post()
      expect(log).toContain('rolled back to revision 1')
      expect(durationMs).toBeLessThan(50_000)
      expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('1')
      expect((await readHistory(helm, release)).at(-1)).toMatchObject({
        status: 'deployed',
        description: 'Rollback to 1',
      })
      expect(await readLease(release)).toMatchObject(released)
    },
  )
})

test.concurrent.each(['helm3', 'helm4'] as const)(
  'a job that was stopped for 90 s, with %s, writes nothing after it continues',
  async (helm) => {
    const release = newReleaseName(`stopped-${helm}`)
    await deployVersion(helm, release, '1')
    let resume = () => {}
    const isResumed = new Promise<void>((resolve) => {
      resume = resolve
    })
    let stoppedAt = 0
    const signals = [
      { signal: 'SIGSTOP' as const, when: /0 of 1 new pods ready/ },
      { signal: 'SIGCONT' as const, when: isResumed },
    ]
    // Its pods never become ready, so it is watching them when it is stopped.
    const values = { serve: 'sleep 3600' }
    const { main } = startStep(helm, release, { number: helm === 'helm3' ? '33' : '43', values, signals })
    await vi.waitUntil(async () => (await readLease(release))?.operation?.revision === 2, {
      timeout: 120_000,
      interval: 500,
    })
    stoppedAt = Date.now()
    const next = await deployVersion(helm, release, '3')
    expect(next.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '3' })
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, stoppedAt + 90_000 - Date.now())))
    const before = await readWrites(release)
    resume()
    const step = await main
    expect(step.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Superseded' })
    expect(step.annotations.at(-1)?.message).toMatch(/^Lost the lease on release stopped-/)
    expect(await readWrites(release)).toEqual(before)
    expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('3')
  },
)

/** Reads the resource versions of all objects that a job writes. They change with each write. */
async function readWrites(release: string) {
  const kinds = 'leases,configmaps,secrets,deployments,services'
  const list = JSON.parse(await cluster.kubectl('get', kinds, '--output', 'json')) as {
    items: { kind: string; metadata: { name: string; resourceVersion: string; generation?: number } }[]
  }
  return list.items
    .filter(({ metadata }) => metadata.name.includes(release))
    .map(({ kind, metadata: { name, resourceVersion, generation } }) =>
      // The status of a Deployment is written by its controller.
      [kind, name, generation ?? resourceVersion].join(' '),
    )
    .sort()
}

test.concurrent('a job waits for the lease of a live job, never takes it, and continues after its release', async () => {
  const release = newReleaseName('alive')
  await deployVersion('helm4', release, '1')
  const store = (await openReleaseAs(release)).lease
  const free = await store.read()
  const now = Date.now()
  const lease: Lease = {
    holderIdentity:
      'promote of https://github.com/shop/digits/actions/runs/51 (attempt 1, runner-51, theirs)',
    acquireTime: formatMicroTime(now - 60_000),
    renewTime: formatMicroTime(now),
    leaseDurationSeconds: 60,
    leaseTransitions: 7,
    resourceVersion: free?.resourceVersion,
  }
  const held = await store.write(lease)
  expect(held).toMatchObject({ holderIdentity: lease.holderIdentity })
  expect(await store.write({ ...lease, holderIdentity: 'late' })).toBeUndefined()
  const refused = deployVersion('helm4', release, '2', { timeout: '5s' })
  await expect(refused).rejects.toThrow(LeaseHeldError)
  await expect(refused).rejects.toThrow(
    /locked by promote of https:\/\/github.com\/shop\/digits\/actions\/runs\/51/,
  )
  expect(await readLease(release)).toEqual(held)
  expect(await cluster.listRevisions('helm4', release)).toHaveLength(1)

  await store.write({ ...lease, ...held, holderIdentity: '' })
  const { outputs } = await deployVersion('helm4', release, '2')
  expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '2' })
  expect(await store.write({ ...lease, ...held })).toBeUndefined()
})

test.concurrent('an alert during a deployment waits, and then uses the new state', async () => {
  const release = newReleaseName('alert')
  await deployVersion('helm4', release, '1')
  const slow = { serve: 'sleep 5; touch /tmp/ready; exec sleep 3600' }
  const deployment = deployVersion('helm4', release, '2', { values: JSON.stringify(slow) })
  await vi.waitUntil(async () => (await readLease(release))?.operation !== undefined, {
    timeout: 60_000,
    interval: 200,
  })
  const alert = await cluster.rollBackVersion('helm4', release, '2')
  expect((await deployment).outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '2' })
  expect(alert.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
})

describe('a pending release without a lease', () => {
  /** Kills a helm outside the suite while it waits for a hook. */
  async function abandoned(helm: HelmName, release: string, hookOn = 'pre-upgrade'): Promise<void> {
    const flags = ['--kubeconfig', cluster.rig.kubernetes.kubeconfig, '--namespace', cluster.namespace]
    const values = { model: { name: 'tiny', version: '2' }, hook: 'sleep 300', hookOn }
    const args = ['upgrade', '--install', release, 'test/system/charts/tiny', ...flags]
    const json = Object.entries(values).flatMap(([name, value]) => [
      '--set-json',
      `${name}=${JSON.stringify(value)}`,
    ])
    const child = spawn(cluster.rig.tools[helm], [...args, ...json], { stdio: 'ignore' })
    await waitForPending(helm, release)
    child.kill('SIGKILL')
  }

  /** Unlocks the release like reconcile with `repair: true`, this many milliseconds later. */
  async function unlock(helm: HelmName, release: string, laterMs: number) {
    const opened = await openReleaseAs(release, helm)
    const now = () => Date.now() + laterMs
    const request = { ...leaseRequest(), leaseEnvironment: { ...systemEnvironment, now } }
    return withLease(opened, request, (session) => unlockRelease(session, cluster.namespace, request))
  }

  test.concurrent.each(['helm3', 'helm4'] as const)(
    'is rejected with the command that unlocks it, and unlocked after the timeout, with %s',
    async (helm) => {
      const release = newReleaseName(`foreign-${helm}`)
      await deployVersion(helm, release, '1')
      await abandoned(helm, release)
      const refused = await deployVersion(helm, release, '3')
      expect(refused.outputs.outcome).toBe('refused')
      expect(refused.failure?.message).toMatch(
        /revision 2 is pending-upgrade since .*"helm rollback foreign-.* 1 --namespace .*repair: true/,
      )
      await expect(unlock(helm, release, 0)).rejects.toThrow('This job unlocks it after')
      expect(await cluster.listRevisions(helm, release)).toHaveLength(2)

      expect(await unlock(helm, release, 3_600_000)).toMatch(
        /longer than any deployment may take.*rolled back to revision 1/,
      )
      const next = await deployVersion(helm, release, '3')
      expect(next.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '3' })
    },
  )

  test.concurrent('that is a first install is uninstalled after the timeout', async () => {
    const release = newReleaseName('foreign-first')
    await abandoned('helm4', release, 'pre-install')
    expect(await unlock('helm4', release, 3_600_000)).toContain('was uninstalled')
    const next = await deployVersion('helm4', release, '2')
    expect(next.outputs).toMatchObject({ outcome: 'deployed', 'live-revision': '1' })
  })
})
