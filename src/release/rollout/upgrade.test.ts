import { describe, expect, test } from 'vitest'
import { type FakeRelease, fakeRelease } from '../../../test/fakes/release.ts'
import { container, pod, workloadStatus } from '../../../test/fakes/workload-status.ts'
import { ReleaseLockedError } from '../../adapters/helm/helm-errors.ts'
import type { WatchFailure } from '../../adapters/kubernetes/rollout/watch-rollout.ts'
import { Fault } from '../../domain/core/errors.ts'
import { startUpgrade } from './upgrade.ts'

const request = { release: 'digits', chart: 'c', valuesFiles: [], timeout: 1000 }
const operation = { release: 'digits', namespace: 'ml', previousRevision: 1, isInstall: false, version: '8' }
const runUpgrade = ({ release }: FakeRelease) =>
  startUpgrade(release, request, operation, { template: 'digits-7', deadline: 0 })
const crash: WatchFailure = {
  kind: 'failed',
  diagnosis: { reason: 'CrashLoopBackOff', pod: 'new-1', container: 'serve', exitCode: 3, message: 'Error' },
  observation: workloadStatus([pod({ ready: false })]),
}
const helmError = (detail: string) => new Fault({ system: 'Helm', call: 'helm upgrade', detail, hint: '' })

/** A release with version 7. Helm writes version 8, then ends as given. */
function releaseWhoseUpgrade(ends: (stop: AbortSignal, fake: FakeRelease) => Promise<number>): FakeRelease {
  const fake = fakeRelease(['7'])
  fake.release.upgrade = async (_order, stop = new AbortController().signal) => {
    fake.deployByOtherJob('8')
    return ends(stop, fake)
  }
  return fake
}
const rejectWhenStopped = (stop: AbortSignal) =>
  new Promise<number>((_resolve, reject) => {
    stop.addEventListener('abort', () => reject(helmError('signal: killed (ended by us: cancelled)')))
  })

describe('while Helm is running', () => {
  test('a fail-fast condition ends Helm and is the cause, whatever Helm reports', async () => {
    const fake = releaseWhoseUpgrade(rejectWhenStopped)
    fake.release.watchUpgrade = async (before, version) => {
      expect([before, version]).toEqual([
        { revision: 1, template: 'digits-7', existingHookPods: new Set() },
        '8',
      ])
      return crash
    }
    expect(await runUpgrade(fake)).toEqual({ kind: 'started', revision: 2, failed: crash })
  })

  test('the condition is the cause even if Helm ends at the same moment', async () => {
    const fake = releaseWhoseUpgrade(
      (stop) => new Promise((done) => stop.addEventListener('abort', () => done(2))),
    )
    fake.release.watchUpgrade = async () => crash
    expect(await runUpgrade(fake)).toEqual({ kind: 'started', revision: 2, failed: crash })
  })

  test('the watch ends with Helm, and nothing waits for it', async () => {
    const fake = releaseWhoseUpgrade(async () => 2)
    let ended: AbortSignal | undefined
    fake.release.watchUpgrade = (_before, _version, _deadline, signal) => {
      ended = signal
      return new Promise(() => {})
    }
    expect(await runUpgrade(fake)).toEqual({ kind: 'started', revision: 2 })
    expect(ended?.aborted).toBe(true)
  })
})

describe('when Helm fails', () => {
  const failing = (detail: string) =>
    releaseWhoseUpgrade(async () => {
      throw helmError(detail)
    })

  test('in a hook: the diagnosis names its pod, and the evidence is about it', async () => {
    const fake = failing(
      'UPGRADE FAILED: pre-upgrade hooks failed: job digits-hook failed: BackoffLimitExceeded',
    )
    const ended = container({ name: 'hook', state: 'terminated', exitCode: 4, terminationReason: 'Error' })
    const done = workloadStatus([pod({ ready: false, containers: [{ ...ended, exitCode: 0 }] })], {
      workload: 'job/first',
    })
    const bad = workloadStatus([pod({ name: 'hook-1', ready: false, containers: [ended] })], {
      workload: 'job/digits-hook',
    })
    fake.release.findExistingHookPods = async () => new Set(['stale'])
    fake.release.observeHooks = async (revision, existing) =>
      revision === 2 && existing.has('stale') ? [done, bad] : []
    const { failed } = (await runUpgrade(fake)) as { failed: WatchFailure }
    expect(failed.observation).toBe(bad)
    expect(failed.diagnosis).toEqual({
      reason: 'HookFailed',
      pod: 'hook-1',
      container: 'hook',
      exitCode: 4,
      init: false,
      message: 'hook job/digits-hook: Error',
    })
  })

  test('in a hook that is gone or cannot be read: the message is from Helm', async () => {
    const fake = failing('failed post-install: job digits-hook failed')
    fake.release.observeHooks = async () => {
      throw helmError('EOF')
    }
    expect(await runUpgrade(fake)).toMatchObject({
      failed: {
        diagnosis: { reason: 'HookFailed', message: expect.stringContaining('job digits-hook failed') },
      },
    })
  })

  test('elsewhere: the message is from Helm, and the pods are observed once', async () => {
    const fake = failing('timed out waiting for the condition')
    expect(await runUpgrade(fake)).toMatchObject({
      failed: { diagnosis: { reason: 'HelmFailed' }, observation: { pods: [{ name: 'pod-8' }] } },
    })
  })

  test('because the release is locked, or before it wrote anything: the upgrade is rejected', async () => {
    const fake = fakeRelease(['7'])
    for (const error of [new ReleaseLockedError('locked'), helmError('chart does not render')]) {
      fake.release.upgrade = async () => {
        throw error
      }
      expect(await runUpgrade(fake)).toEqual({ kind: 'rejected', error })
    }
  })
})
