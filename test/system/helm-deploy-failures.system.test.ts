import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Evidence } from '../../src/domain/rollout/evidence.ts'
import {
  BECOME_READY,
  type DeployRequest,
  deployTo,
  newReleaseName,
  startImageRegistry,
} from './support/cluster/failing-releases.ts'
import { type HelmName, type Namespace, openNamespace } from './support/cluster/namespace.ts'

let cluster: Namespace
beforeAll(async () => {
  cluster = await openNamespace()
})
afterAll(() => cluster.close())
const deploy = (helm: HelmName, wanted: DeployRequest) => deployTo(cluster, helm, wanted)

/** Seconds of the 180 s timeout: leaves room for a busy machine. */
const EARLY_SECONDS = 150

/** Seconds from the second exit of the failed container to its diagnosis. */
function secondsAfterSecondCrash({ diagnosis, observation, at }: Partial<Evidence> = {}): number {
  const pod = observation?.pods.find(({ name }) => name === diagnosis?.pod)
  const seen = pod?.containers.find(({ name }) => name === diagnosis?.container)
  // One restart: this was its second exit, and not a later one.
  expect(seen).toMatchObject({ restarts: 1 })
  return (Date.parse(at ?? '') - Date.parse(seen?.finishedAt ?? '')) / 1000
}

describe.concurrent('a failure is diagnosed long before the timeout', () => {
  test('a server that crashes: within ten seconds of its second crash, and the previous version serves again', async () => {
    const release = newReleaseName()
    const good = await deploy('helm4', { release, values: { serve: BECOME_READY } })
    expect(good.outputs.outcome).toBe('deployed')
    const serve = 'echo "::error::no module named pandas"; exit 3'
    const bad = await deploy('helm4', { release, version: '2', values: { serve } })
    expect(bad.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': 'CrashLoopBackOff',
      'live-model-version': '1',
    })
    expect(secondsAfterSecondCrash(bad.evidence)).toBeLessThan(10)
    expect(bad.evidence).toMatchObject({
      diagnosis: { container: 'serve', exitCode: 3 },
      observation: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'Progressing' })]) },
    })
    expect(bad.evidence?.logs.map(({ previous }) => previous).sort()).toEqual([false, true])
    expect(bad.evidence?.events.map(({ reason }) => reason)).toContain('BackOff')
  })

  test('an init container that fails', async () => {
    const { outputs, evidence, message } = await deploy('helm3', {
      values: { init: 'echo "version 1 has no MLmodel file"; exit 2' },
    })
    expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'InitContainerFailed' })
    expect(secondsAfterSecondCrash(evidence)).toBeLessThan(10)
    expect(message).toContain('last log line: "version 1 has no MLmodel file"')
  })

  test('a server that exceeds its memory limit', async () => {
    const { outputs, evidence } = await deploy('helm3', {
      values: { serve: 'exec tail /dev/zero', memory: '32Mi' },
    })
    expect(outputs['failure-reason']).toBe('OOMKilled')
    expect(secondsAfterSecondCrash(evidence)).toBeLessThan(10)
  })

  test('a server that the kubelet kills, with the failed probe', async () => {
    const values = { serve: BECOME_READY, liveness: 'echo "no answer"; false', readiness: 'false' }
    const { outputs, message } = await deploy('helm4', { values })
    expect(outputs['failure-reason']).toBe('CrashLoopBackOff')
    expect(message).toMatch(/failed liveness probe.*Liveness probe failed/)
  })

  test('an image that the registry does not have', async () => {
    const { image, server } = await startImageRegistry(404)
    const { outputs, seconds, message } = await deploy('helm3', {
      values: { image, pullPolicy: 'IfNotPresent' },
    })
    server.close()
    expect(outputs['failure-reason']).toBe('ImagePullBackOff')
    expect(message).toContain('not found')
    expect(seconds).toBeLessThan(EARLY_SECONDS)
  })

  test('a missing Secret', async () => {
    const { outputs, seconds, message } = await deploy('helm4', {
      values: { serve: BECOME_READY, secret: 'missing' },
    })
    expect(outputs['failure-reason']).toBe('CreateContainerConfigError')
    expect(message).toContain('secret "missing" not found')
    expect(seconds).toBeGreaterThan(30)
    expect(seconds).toBeLessThan(EARLY_SECONDS)
  })

  test('a volume of a missing Secret', async () => {
    const { outputs, seconds, message } = await deploy('helm3', {
      values: { serve: BECOME_READY, volumeSecret: 'missing' },
    })
    expect(outputs['failure-reason']).toBe('FailedMount')
    expect(message).toContain('secret "missing" not found')
    expect(seconds).toBeGreaterThan(30)
    expect(seconds).toBeLessThan(EARLY_SECONDS)
  })

  test('a sidecar that crashes: named, without a quarantine of the model', async () => {
    const { evidence } = await deploy('helm3', { values: { serve: BECOME_READY, sidecar: 'exit 5' } })
    expect(evidence?.diagnosis).toMatchObject({
      reason: 'CrashLoopBackOff',
      container: 'sidecar',
      sidecar: true,
      exitCode: 5,
    })
  })
})

describe.concurrent('a hook', () => {
  test.each(['helm3', 'helm4'] as const)(
    'of %s that fails is the reason, and its log is the evidence',
    async (helm) => {
      const { outputs, evidence, message } = await deploy(helm, {
        values: { serve: BECOME_READY, hook: 'echo "no such table"; exit 4', hookOn: 'pre-install' },
      })
      expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'HookFailed' })
      expect(evidence?.diagnosis).toMatchObject({ container: 'hook', exitCode: 4 })
      expect(message).toContain('last log line: "no such table"')
    },
  )

  test.each(['helm3', 'helm4'] as const)(
    'of %s whose sidecar never ends names the container that still runs',
    async (helm) => {
      const values = {
        serve: BECOME_READY,
        hook: 'true',
        hookOn: 'pre-install',
        hookSidecar: 'exec sleep 600',
      }
      const { outputs, evidence, message } = await deploy(helm, { values, timeout: '15s' })
      expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'HookFailed' })
      expect(evidence?.diagnosis).toMatchObject({ reason: 'HookFailed', container: 'proxy' })
      expect(message).toContain('container proxy still runs, although hook has completed')
    },
  )

  test.each(['helm3', 'helm4'] as const)(
    'that makes %s wait for crashing pods: the action stops helm, and the pods are the reason',
    async (helm) => {
      const { outputs, evidence, message, seconds } = await deploy(helm, {
        values: { serve: 'echo bad; exit 3', hook: 'exec sleep 600', hookOn: 'post-install' },
      })
      expect(outputs).toMatchObject({ outcome: 'uninstalled', 'failure-reason': 'CrashLoopBackOff' })
      expect(evidence?.diagnosis).toMatchObject({ container: 'serve', exitCode: 3 })
      expect(seconds).toBeLessThan(EARLY_SECONDS)
      expect(message).not.toMatch(/signal|killed|\(terminated/)
    },
  )
})
