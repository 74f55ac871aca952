import { describe, expect, test } from 'vitest'
import { ReleaseHeld } from '../../src/adapters/helm/helm.ts'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import type { WatchFailed } from '../../src/adapters/kubernetes/watch.ts'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { type FakeRelease, releaseWith } from '../../test/fakes/release.ts'
import { container, look, pod } from '../../test/fakes/rollout.ts'
import { begin, markFound, takeBack } from './rolling.ts'

const order = { release: 'digits', chart: 'c', chartVersion: undefined, valuesFiles: [], timeout: 1000 }
const underway = { release: 'digits', namespace: 'ml', before: 1, first: false, version: '8' }
const run = ({ release }: FakeRelease) =>
  begin(release, order, underway, { template: 'digits-7', deadline: 0 })
const crash: WatchFailed = {
  kind: 'failed',
  diagnosis: { reason: 'CrashLoopBackOff', pod: 'new-1', container: 'serve', exitCode: 3, said: 'Error' },
  observation: look([pod({ ready: false })]),
}
const helmError = (said: string) => new Fault({ system: 'Helm', call: 'helm upgrade', said, next: '' })

/** A release with version 7, in which Helm writes version 8 and then does as told. */
function helmThat(ends: (stop: AbortSignal, fake: FakeRelease) => Promise<number>): FakeRelease {
  const fake = releaseWith(['7'])
  fake.release.upgrade = async (_order, stop = new AbortController().signal) => {
    fake.deployElsewhere('8')
    return ends(stop, fake)
  }
  return fake
}
const stopped = (stop: AbortSignal) =>
  new Promise<number>((_resolve, reject) => {
    stop.addEventListener('abort', () => reject(helmError('signal: killed (ended by us: cancelled)')))
  })

describe('while helm is at work', () => {
  test('doom ends it, and what was seen is the cause, whatever helm then says', async () => {
    const fake = helmThat(stopped)
    fake.release.watchUnderHelm = async (before, version) => {
      expect([before, version]).toEqual([{ revision: 1, template: 'digits-7', hookPods: new Set() }, '8'])
      return crash
    }
    expect(await run(fake)).toEqual({ kind: 'begun', own: 2, failed: crash })
  })

  test('a helm that ends by itself at that very moment changes nothing of it', async () => {
    const fake = helmThat((stop) => new Promise((done) => stop.addEventListener('abort', () => done(2))))
    fake.release.watchUnderHelm = async () => crash
    expect(await run(fake)).toEqual({ kind: 'begun', own: 2, failed: crash })
  })

  test('the watch ends when helm has, and is nothing to wait for', async () => {
    const fake = helmThat(async () => 2)
    let ended: AbortSignal | undefined
    fake.release.watchUnderHelm = (_before, _version, _deadline, signal) => {
      ended = signal
      return new Promise(() => {})
    }
    expect(await run(fake)).toEqual({ kind: 'begun', own: 2 })
    expect(ended?.aborted).toBe(true)
  })
})

describe('a revision that is found without a mark', () => {
  const found = async (fake: FakeRelease, isGood: boolean) => {
    const asked: unknown[] = []
    fake.release.isFoundGood = async (version, revision = 0) => {
      asked.push([version, revision])
      return isGood
    }
    const [live, history] = await Promise.all([fake.release.live(), fake.release.history()])
    await markFound(fake.release, { live, history, marks: await fake.release.marks(), digest: '' })
    return { asked, marked: [...fake.marks.keys()] }
  }

  test('is marked where it lasts, and not for one look at it', async () => {
    expect(await found(releaseWith(['6', '7']), true)).toEqual({ asked: [['7', 2]], marked: [2] })
    expect(await found(releaseWith(['6', '7']), false)).toEqual({ asked: [['7', 2]], marked: [] })
  })

  test('is not looked at again once it has its mark', async () => {
    const fake = releaseWith(['7'])
    await found(fake, true)
    expect(await found(fake, false)).toEqual({ asked: [], marked: [1] })
  })

  test('that is not ready, and has nothing newer that failed, is no way back', async () => {
    expect(await found(releaseWith(['7'], ['7']), true)).toEqual({ asked: [], marked: [] })
  })
})

describe('helm came to grief', () => {
  const failing = (said: string) =>
    helmThat(async () => {
      throw helmError(said)
    })

  test('over a hook: its pod is named, and is what the evidence is of', async () => {
    const fake = failing(
      'UPGRADE FAILED: pre-upgrade hooks failed: job digits-hook failed: BackoffLimitExceeded',
    )
    const ended = container({ name: 'hook', state: 'terminated', exitCode: 4, endReason: 'Error' })
    const done = look([pod({ ready: false, containers: [{ ...ended, exitCode: 0 }] })], {
      workload: 'job/first',
    })
    const bad = look([pod({ name: 'hook-1', ready: false, containers: [ended] })], {
      workload: 'job/digits-hook',
    })
    fake.release.hookPods = async () => new Set(['stale'])
    fake.release.hooks = async (revision, left) => (revision === 2 && left.has('stale') ? [done, bad] : [])
    const { failed } = (await run(fake)) as { failed: WatchFailed }
    expect(failed.observation).toBe(bad)
    expect(failed.diagnosis).toEqual({
      reason: 'HookFailed',
      pod: 'hook-1',
      container: 'hook',
      exitCode: 4,
      init: false,
      said: 'hook job/digits-hook: Error',
    })
  })

  test('over a hook that is gone, or cannot be read: its own words', async () => {
    const fake = failing('failed post-install: job digits-hook failed')
    fake.release.hooks = async () => {
      throw helmError('EOF')
    }
    expect(await run(fake)).toMatchObject({
      failed: {
        diagnosis: { reason: 'HookFailed', said: expect.stringContaining('job digits-hook failed') },
      },
    })
  })

  test('over something else: its own words, and one look', async () => {
    const fake = failing('timed out waiting for the condition')
    expect(await run(fake)).toMatchObject({
      failed: { diagnosis: { reason: 'HelmFailed' }, observation: { pods: [{ name: 'pod-8' }] } },
    })
  })

  test('since another one holds the release, or before it wrote anything: nothing was touched', async () => {
    const fake = releaseWith(['7'])
    for (const error of [new ReleaseHeld('held'), helmError('chart does not render')]) {
      fake.release.upgrade = async () => {
        throw error
      }
      expect(await run(fake)).toEqual({ kind: 'untouched', error })
    }
  })
})

test.each<[string, Error, object]>([
  ['a system did not answer: once more', helmError('EOF'), { unfinished: true }],
  [
    'what it said cannot be read: once more',
    new SyntaxError('Unexpected end of JSON input'),
    { unfinished: true },
  ],
  [
    'it was refused: it would be again',
    new UserError('Helm does not overwrite .spec.replicas.'),
    { why: 'Helm does not overwrite .spec.replicas' },
  ],
])('a way back that breaks off, as %s', async (_title, error, end) => {
  const fake = releaseWith(['7', '8'])
  const [line] = fake.revisions
  const seen = { model: 'fraud', version: '7', digest: '', run: '', provenAt: '' }
  if (line) fake.marks.set(1, { ...seen, revision: 1, updated: line.updated })
  fake.release.rollback = async () => {
    throw error
  }
  expect(await takeBack(fake.release, underway, 2, 1000)).toEqual({
    kind: 'rollback-failed',
    why: error.message,
    ...end,
  })
})

test('a first install is removed, with as much time as a way back has', async () => {
  const fake = releaseWith(['8'])
  const asked: number[] = []
  const release: Release = { ...fake.release, uninstall: async (timeout) => void asked.push(timeout) }
  const first = { ...underway, before: 0, first: true }
  expect(await takeBack(release, first, 1, 300_000)).toEqual({ kind: 'uninstalled' })
  expect(asked).toEqual([300_000])
})
