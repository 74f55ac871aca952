import { expect, test } from 'vitest'
import { Fault, UserError } from '../../src/domain/failure.ts'
import type { Lease } from '../../src/domain/lease.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { deploy, judged, registry } from '../../test/fakes/helm-deploy.ts'
import { type FakeRelease, releaseWith } from '../../test/fakes/release.ts'
import { post } from './post.ts'

const quarantined = { [ledger.quarantined]: expect.stringContaining('CrashLoopBackOff') }
const unanswered = new Fault({ system: 'MLflow', call: 'set-tag', status: 503, said: 'down', next: 'Wait.' })

/** A release whose way back from version 8 ends as this does. */
function goingBack(end: (fake: FakeRelease) => void | Promise<void>): FakeRelease {
  const fake = releaseWith(['7'], ['8'])
  const { rollback } = fake.release
  fake.release.rollback = async (revision) => {
    fake.release.rollback = rollback
    await end(fake)
    return rollback(revision)
  }
  return fake
}

test('before the way back begins, state and lease say whom to blame; the registry does not yet', async () => {
  const mlflow = registry()
  let lease: Lease | undefined
  const writes: string[] = []
  const fake = goingBack(async (seen) => {
    writes.push(...mlflow.writes)
    lease = await seen.release.lease.read()
  })
  const { context } = await deploy(fake, {}, mlflow)
  expect(writes).toEqual([])
  expect(lease?.underway).toMatchObject({ version: '8', blame: { model: 'fraud', tags: quarantined } })
  expect(mlflow.all[1]?.tags).toMatchObject(quarantined)
  expect(context.state.rollout).toBe('')
})

test('cancelled on the way back: the post step goes back, then writes the quarantine', async () => {
  const cancel = new AbortController()
  const fake = goingBack(() => {
    cancel.abort()
    throw new UserError('The job was cancelled.')
  })
  const { context, inputs, mlflow } = await deploy(fake, {}, registry(), cancel.signal)
  expect(mlflow?.writes).toEqual([])
  const later = { ...context, cancelled: new AbortController().signal }
  if (mlflow) mlflow.beforeWrite = () => expect(fake.calls).toContain('mark 3')
  await post(
    { rollout: context.state.rollout ?? '' },
    inputs,
    later,
    async () => fake.release,
    () => mlflow,
  )
  expect(mlflow?.all[1]?.tags).toMatchObject(quarantined)
  expect(await fake.release.lease.read()).toBeUndefined()
})

test('the machine dies on the way back: the next run goes back, writes the quarantine, and refuses the version', async () => {
  const mlflow = registry()
  let left: Lease | undefined
  const first = goingBack(async (seen) => {
    left = await seen.release.lease.read()
  })
  await deploy(first, {}, mlflow)
  const clean = registry()
  const fake = releaseWith(['7', '8'], ['8'])
  const [good] = first.marks.values()
  if (!good || !left) throw new Error('nothing was left')
  fake.marks.set(1, good)
  await fake.release.lease.swap(undefined, { ...left, attempt: '0' })
  const { outcome } = await deploy(fake, {}, clean)
  expect(fake.calls.join()).toContain('rollback 1,watch 7,mark 3')
  expect(clean.all[1]?.tags).toMatchObject(quarantined)
  expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '7' })
  expect(outcome.failure?.message).toContain('quarantine')
})

test('MLflow away when it is to be written: the post step writes it, or the next run', async () => {
  const mlflow = registry()
  mlflow.beforeWrite = () => {
    throw unanswered
  }
  const fake = releaseWith(['7'], ['8'])
  const { outcome, context, inputs } = await deploy(fake, {}, mlflow)
  expect(outcome.outputs.outcome).toBe('rolled-back')
  expect(context.state).toMatchObject({ rollout: '', held: 'digits' })
  const run = () =>
    post(
      context.state,
      inputs,
      context,
      async () => fake.release,
      () => mlflow,
    )
  await run()
  const left = await fake.release.lease.read()
  expect(left?.untold).toEqual([expect.objectContaining({ version: '8', blame: expect.anything() })])
  expect(left?.untold?.[0]?.blame?.tags).toMatchObject(quarantined)
  // Nobody has to wait for who only could not tell.
  expect(Date.parse(left?.until ?? '')).toBeLessThanOrEqual(Date.now())
  mlflow.beforeWrite = () => undefined
  await run()
  expect(mlflow.all[1]?.tags).toMatchObject(quarantined)
  expect(await fake.release.lease.read()).toBeUndefined()
  expect(fake.calls.filter((call) => call.startsWith('rollback'))).toEqual(['rollback 1'])
})

test('what MLflow calls wrong is not tried again, and holds nobody up', async () => {
  const mlflow = registry(judged)
  mlflow.beforeWrite = () => {
    throw new Fault({ system: 'MLflow', call: 'set-tag', status: 400, said: 'no such tag', next: 'Ask.' })
  }
  const fake = releaseWith(['7'], ['8'])
  const { outcome, context } = await deploy(fake, {}, mlflow)
  expect(outcome.summary).toContain('could not be written into the version')
  expect(context.state.rollout).toBe('')
  expect(await fake.release.lease.read()).toBeUndefined()
})

const seenServing = (version: string, digest = '') => ({
  revision: 1,
  updated: 't1',
  model: 'fraud',
  version,
  digest,
  run: '',
  provenAt: '',
})

test.each<[string, string, string]>([
  ['the version itself', '8', ''],
  ['another version with the same files', '7', 'digest-of-run8'],
])('%s was seen serving, so that its crash makes it suspect only', async (_title, version, digest) => {
  const fake = releaseWith(['7'], ['8'])
  fake.marks.set(1, seenServing(version, digest))
  const { mlflow } = await deploy(fake)
  expect(mlflow?.all[1]?.tags).toHaveProperty([ledger.suspect])
  expect(mlflow?.all[1]?.tags).not.toHaveProperty([ledger.quarantined])
})

test('cancelled before anybody has read the events: suspect only, since a probe may have killed it', async () => {
  const cancel = new AbortController()
  const fake = releaseWith(['7'], ['8'])
  const { traces } = fake.release
  fake.release.traces = async (...asked) => {
    cancel.abort()
    return traces(...asked)
  }
  const { context } = await deploy(fake, {}, registry(), cancel.signal)
  const { blame } = JSON.parse(context.state.rollout ?? '{}')
  expect(Object.keys(blame.tags)).toEqual([ledger.deployFailed, ledger.runUrl, ledger.suspect])
})

test('events that could not all be read: suspect only', async () => {
  const fake = releaseWith(['7'], ['8'])
  fake.release.traces = async () => ({ logs: [], events: undefined, gaps: ['events: not read'] })
  const { mlflow } = await deploy(fake)
  expect(mlflow?.all[1]?.tags).toHaveProperty([ledger.suspect])
  expect(mlflow?.all[1]?.tags).not.toHaveProperty([ledger.quarantined])
})

test('what the registry still does not say stops the version all the same', async () => {
  const mlflow = registry()
  mlflow.beforeWrite = () => {
    throw unanswered
  }
  const fake = releaseWith(['7'], ['8'])
  await deploy(fake, {}, mlflow)
  fake.calls.length = 0
  const { outcome } = await deploy(fake, {}, mlflow)
  expect(outcome.outputs.outcome).toBe('refused')
  expect(outcome.failure?.message).toContain('in quarantine')
  expect(fake.calls).toEqual(['close'])
  expect((await fake.release.lease.read())?.untold).toHaveLength(1)
})
