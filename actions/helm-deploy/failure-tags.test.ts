import { expect, test } from 'vitest'
import { Fault, UserError } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { Lease } from '../../src/domain/release/lease.ts'
import { deploy, registry, verdictTags } from '../../test/fakes/helm-deploy.ts'
import { expiredLease, readUnreleasedLease, setLease } from '../../test/fakes/leases.ts'
import { type FakeRelease, fakeRelease } from '../../test/fakes/release.ts'
import { post } from './post.ts'

const quarantineTag = { [versionTags.quarantined]: expect.stringContaining('CrashLoopBackOff') }
const unavailable = new Fault({
  system: 'MLflow',
  call: 'set-tag',
  status: 503,
  detail: 'down',
  hint: 'Wait.',
})

/** A release whose rollback from version 8 ends as given. */
function releaseWithRollback(end: (fake: FakeRelease) => void | Promise<void>): FakeRelease {
  const fake = fakeRelease(['7'], ['8'])
  const { rollback } = fake.release
  fake.release.rollback = async (revision) => {
    fake.release.rollback = rollback
    await end(fake)
    return rollback(revision)
  }
  return fake
}

/** Runs the post step, which is not cancelled. */
function runPost(
  { context, inputs, mlflow }: Pick<Awaited<ReturnType<typeof deploy>>, 'context' | 'inputs' | 'mlflow'>,
  fake: FakeRelease,
) {
  const later = { ...context, cancelled: new AbortController().signal }
  return post(
    context.state,
    inputs,
    later,
    async () => fake.release,
    () => mlflow,
  )
}

test('before the rollback begins, the lease records the failure; MLflow does not have it yet', async () => {
  const mlflow = registry()
  let lease: Lease | undefined
  const writes: string[] = []
  const fake = releaseWithRollback(async (seen) => {
    writes.push(...mlflow.writes)
    lease = await seen.release.lease.read()
  })
  const { context } = await deploy(fake, {}, mlflow)
  expect(writes).toEqual([])
  expect(lease?.operation).toMatchObject({ version: '8', failure: { model: 'fraud', tags: quarantineTag } })
  expect(mlflow.allVersions[1]?.tags).toMatchObject(quarantineTag)
  expect(context.state.lease).toBe('')
})

test('the summary names the quarantine after a crash of the model', async () => {
  const { outcome } = await deploy(fakeRelease(['7'], ['8']), {}, registry())
  expect(outcome.summary).toContain('Version 8 is now in quarantine')
})

test('cancelled while the tags are written: the lease keeps them, and the post step writes them', async () => {
  const cancel = new AbortController()
  const mlflow = registry()
  mlflow.beforeWrite = () => {
    cancel.abort()
    throw new UserError('The job was cancelled.')
  }
  const fake = fakeRelease(['7'], ['8'])
  const { context, inputs } = await deploy(fake, {}, mlflow, cancel.signal)
  expect((await fake.release.lease.read())?.operation?.failure?.tags).toMatchObject(quarantineTag)
  mlflow.beforeWrite = () => {}
  await runPost({ context, inputs, mlflow }, fake)
  expect(mlflow.allVersions[1]?.tags).toMatchObject(quarantineTag)
  expect((await fake.release.lease.read())?.operation).toBeUndefined()
})

test('cancelled during the rollback: the post step rolls back, then writes the quarantine', async () => {
  const cancel = new AbortController()
  const fake = releaseWithRollback(() => {
    cancel.abort()
    throw new UserError('The job was cancelled.')
  })
  const { context, inputs, mlflow } = await deploy(fake, {}, registry(), cancel.signal)
  expect(mlflow?.writes).toEqual([])
  if (mlflow) mlflow.beforeWrite = () => expect(fake.calls).toContain('verified 3')
  await runPost({ context, inputs, mlflow }, fake)
  expect(mlflow?.allVersions[1]?.tags).toMatchObject(quarantineTag)
  expect(await readUnreleasedLease(fake.release)).toBeUndefined()
})

test('the machine dies during the rollback: the next run rolls back, writes the quarantine, and refuses the version', async () => {
  const mlflow = registry()
  let left: Lease | undefined
  const first = releaseWithRollback(async (seen) => {
    left = await seen.release.lease.read()
  })
  await deploy(first, {}, mlflow)
  const clean = registry()
  const fake = fakeRelease(['7', '8'], ['8'])
  const [good] = first.verifiedRevisions.values()
  if (!good || !left) throw new Error('nothing was left')
  fake.verifiedRevisions.set(1, good)
  setLease(fake, expiredLease({ operation: left.operation }))
  const { outcome } = await deploy(fake, {}, clean)
  expect(fake.calls.join()).toContain('rollback 1,watch 7,verified 3')
  expect(clean.allVersions[1]?.tags).toMatchObject(quarantineTag)
  expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '7' })
  expect(outcome.failure?.message).toContain('quarantine')
})

test('MLflow is unreachable: the post step writes the quarantine, or the next run', async () => {
  const mlflow = registry()
  mlflow.beforeWrite = () => {
    throw unavailable
  }
  const fake = fakeRelease(['7'], ['8'])
  const { outcome, context, inputs } = await deploy(fake, {}, mlflow)
  expect(outcome.outputs.outcome).toBe('rolled-back')
  expect(context.state.lease).toMatch(/^helm-deploy of /)
  expect(await readUnreleasedLease(fake.release)).toBeUndefined()
  const run = () =>
    post(
      context.state,
      inputs,
      context,
      async () => fake.release,
      () => mlflow,
    )
  await run()
  const pending = await fake.release.outbox.read()
  expect(pending).toEqual([expect.objectContaining({ version: '8' })])
  expect(pending[0]?.tags).toMatchObject(quarantineTag)
  mlflow.beforeWrite = () => undefined
  await run()
  expect(mlflow.allVersions[1]?.tags).toMatchObject(quarantineTag)
  expect(await fake.release.outbox.read()).toEqual([])
  expect(fake.calls.filter((call) => call.startsWith('rollback'))).toEqual(['rollback 1'])
})

test('tags that MLflow rejects are not retried, and hold up no job', async () => {
  const mlflow = registry(verdictTags)
  mlflow.beforeWrite = () => {
    throw new Fault({ system: 'MLflow', call: 'set-tag', status: 400, detail: 'no such tag', hint: 'Ask.' })
  }
  const fake = fakeRelease(['7'], ['8'])
  const { outcome, context } = await deploy(fake, {}, mlflow)
  expect(outcome.summary).toContain('failure tags of version 8 were not written')
  expect(context.state.lease).toBe('')
  expect(await readUnreleasedLease(fake.release)).toBeUndefined()
})

const verifiedRevision = (version: string, digest = '') => ({
  revision: 1,
  updated: 't1',
  model: 'fraud',
  version,
  digest,
  run: '',
  verifiedAt: '',
})

test.each<[string, string, string]>([
  ['the version itself', '8', ''],
  ['another version with the same files', '7', 'digest-of-run8'],
])('%s was verified before, so its crash makes it suspect only', async (_title, version, digest) => {
  const fake = fakeRelease(['7'], ['8'])
  fake.verifiedRevisions.set(1, verifiedRevision(version, digest))
  const { mlflow } = await deploy(fake)
  expect(mlflow?.allVersions[1]?.tags).toHaveProperty([versionTags.suspect])
  expect(mlflow?.allVersions[1]?.tags).not.toHaveProperty([versionTags.quarantined])
})

test('cancelled before the events were read: suspect only, since a probe may have killed it', async () => {
  const cancel = new AbortController()
  const fake = fakeRelease(['7'], ['8'])
  const { collectLogsAndEvents: traces } = fake.release
  fake.release.collectLogsAndEvents = async (...asked) => {
    cancel.abort()
    return traces(...asked)
  }
  const { context } = await deploy(fake, {}, registry(), cancel.signal)
  expect(context.state.lease).not.toBe('')
  const { failure } = (await fake.release.lease.read())?.operation ?? {}
  expect(Object.keys(failure?.tags ?? {})).toEqual([
    versionTags.deployFailed,
    versionTags.runUrl,
    versionTags.suspect,
  ])
})

test('events that could not all be read: suspect only', async () => {
  const fake = fakeRelease(['7'], ['8'])
  fake.release.collectLogsAndEvents = async () => ({
    logs: [],
    events: undefined,
    gaps: ['events: not read'],
  })
  const { mlflow, outcome } = await deploy(fake)
  expect(outcome.summary).toContain('suspect, not in quarantine, since nothing shows that its files caused')
  expect(mlflow?.allVersions[1]?.tags).toHaveProperty([versionTags.suspect])
  expect(mlflow?.allVersions[1]?.tags).not.toHaveProperty([versionTags.quarantined])
})

test('a pending quarantine refuses the version', async () => {
  const mlflow = registry()
  mlflow.beforeWrite = () => {
    throw unavailable
  }
  const fake = fakeRelease(['7'], ['8'])
  await deploy(fake, {}, mlflow)
  fake.calls.length = 0
  const { outcome } = await deploy(fake, {}, mlflow)
  expect(outcome.outputs.outcome).toBe('refused')
  expect(outcome.failure?.message).toContain('in quarantine')
  expect(fake.calls).toEqual(['close'])
  expect(await fake.release.outbox.read()).toHaveLength(1)
})
