import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/domain/core/errors.ts'
import type { Operation } from '../../src/domain/release/recovery-plan.ts'
import { deploy } from '../../test/fakes/helm-deploy.ts'
import {
  foreignLease,
  holderIdentity,
  operation,
  readUnreleasedLease,
  setLease,
  writtenOperation,
} from '../../test/fakes/leases.ts'
import { fakeRelease } from '../../test/fakes/release.ts'
import { post } from './post.ts'

describe('the post step', () => {
  /** After a main step that was killed while it held the lease. Without an operation, the lease is as it was left. */
  async function afterMain(
    fake: ReturnType<typeof fakeRelease>,
    left: Operation | undefined,
    holder = killedHolder,
  ) {
    const { inputs, context, temp } = await deploy(fakeRelease(['8']))
    fake.calls.length = 0
    if (left) setLease(fake, foreignLease({ holderIdentity: holder, operation: left }))
    await post({ lease: holder }, inputs, context, async () => fake.release)
    expect(existsSync(join(temp, 'retrain-actions-values-digits'))).toBe(false)
    expect(await readUnreleasedLease(fake.release)).toBeUndefined()
    return fake.calls
  }
  const killedHolder = holderIdentity({ id: 'killed' })

  test('does nothing where main came to its end', async () => {
    expect(await afterMain(fakeRelease(['7']), undefined, '')).toEqual([])
  })

  test('releases the lease of a main that was killed before it started an operation', async () => {
    const { inputs, context } = await deploy(fakeRelease(['8']))
    const fake = fakeRelease(['7'])
    setLease(fake, foreignLease({ holderIdentity: killedHolder }))
    await post({ lease: killedHolder }, inputs, context, async () => fake.release)
    expect(await readUnreleasedLease(fake.release)).toBeUndefined()
    expect(fake.calls).not.toContain('rollback 1')
  })

  test('rolls back what was never verified', async () => {
    const fake = fakeRelease(['7'])
    await deploy(fake)
    fake.verifiedRevisions.delete(2)
    expect(await afterMain(fake, operation)).toEqual([
      'watch 8',
      'evidence',
      'rollback 1',
      'watch 7',
      'verified 3',
      'close',
    ])
  })

  test('saves the evidence before the rollback, and shows it in the log', async () => {
    const fake = fakeRelease(['7'], ['8'])
    fake.deployByOtherJob('8')
    fake.verifiedRevisions.set(1, {
      revision: 1,
      updated: 't1',
      model: 'fraud',
      version: '7',
      digest: '',
      run: '',
      verifiedAt: '',
    })
    const { inputs, context, temp } = await deploy(fakeRelease(['8']))
    setLease(fake, foreignLease({ holderIdentity: killedHolder, operation }))
    const summary = await post({ lease: killedHolder }, inputs, context, async () => fake.release)
    expect(summary).toMatch(
      /^### Recovery of release digits\n\n\*\*Release digits was rolled back to revision 1 &#40;version 7&#41; and serves it&#58; .*\*\*$/,
    )
    const said = context.messages.join('\n')
    expect(said).toMatch(/Last log lines of pod-8, serve:\nloading\n.*\npassword=\*\*\*/)
    const folder = join(temp, 'rollout-evidence-ml.digits-8-2')
    expect(said).toContain(`Evidence: ${folder}: `)
    expect(readFileSync(join(folder, 'evidence.json'), 'utf8')).toContain('"model": "fraud"')
  })

  test('rolls back without evidence, too', async () => {
    const fake = fakeRelease(['7'])
    await deploy(fake)
    fake.verifiedRevisions.delete(2)
    const { watch } = fake.release
    fake.release.watch = async (version, deadline) => {
      if (version === '8') throw new Error('away')
      return watch(version, deadline)
    }
    fake.release.collectLogsAndEvents = async () => {
      throw new Error('away')
    }
    expect(await afterMain(fake, operation)).toEqual(['rollback 1', 'watch 7', 'verified 3', 'close'])
  })

  test('retries the rollback if Helm recorded that its own failed', async () => {
    const fake = fakeRelease(['7'], ['8'])
    const { rollback } = fake.release
    fake.release.rollback = async (revision) => {
      await rollback(revision)
      const said =
        'failed to create resource: admission webhook denied the request: context deadline exceeded'
      const description = `Rollback "digits" failed: ${said}`
      Object.assign(fake.revisions.at(-1) ?? {}, { status: 'failed', description })
      fake.release.rollback = rollback
      throw new Fault({
        system: 'Helm',
        call: 'helm rollback digits',
        status: 1,
        detail: said,
        hint: 'Look.',
      })
    }
    const { outcome, context } = await deploy(fake)
    expect(outcome.failure?.message).toContain('The post step will retry once')
    expect(await afterMain(fake, undefined, context.state.lease)).toEqual([
      'watch 8',
      'evidence',
      'rollback 1',
      'watch 7',
      'verified 4',
      'close',
    ])
  })

  test('rolls back nothing if the revision is of another job', async () => {
    const fake = fakeRelease(['7'])
    fake.deployByOtherJob('9')
    expect(await afterMain(fake, operation)).toEqual(['close'])
  })

  test.each([
    ['its number was change', { revision: 3 }],
    ['main was killed before Helm change it', {}],
  ])('knows its own revision next to that of another job: %s', async (_title, change) => {
    const fake = fakeRelease(['7'])
    await deploy(fake)
    fake.revisions.length = 1
    fake.deployByOtherJob('9')
    fake.deployByOtherJob('8')
    fake.verifiedRevisions.delete(2)
    expect(await afterMain(fake, { ...operation, ...change })).toEqual([
      'watch 8',
      'evidence',
      'rollback 1',
      'watch 7',
      'verified 4',
      'close',
    ])
    const later = fakeRelease(['7', '8', '9'])
    expect(await afterMain(later, writtenOperation)).toEqual(['close'])
  })

  test('keeps what was verified', async () => {
    const fake = fakeRelease(['7'])
    await deploy(fake)
    expect(await afterMain(fake, operation)).toEqual(['close'])
  })
})

test('the smoke test pod is deleted, whatever happened to the release', async () => {
  const fake = fakeRelease(['7', '8'])
  const { inputs, context } = await deploy(fakeRelease(['8']))
  const holder = holderIdentity()
  const state = { lease: holder, 'smoke-test': '77-1' }
  const kill = () => setLease(fake, foreignLease({ holderIdentity: holder, operation: writtenOperation }))
  kill()
  const { deleteSmokeTestPods: endTrials } = fake.release
  const end = post(state, inputs, context, async () => fake.release)
  await expect(end).rejects.toThrow('manual intervention required')
  expect(fake.calls).toEqual(['delete smoke test pods of run 77-1', 'close'])
  fake.release.deleteSmokeTestPods = async (run) => {
    await endTrials(run)
    throw new Error('away')
  }
  kill()
  await expect(post(state, inputs, context, async () => fake.release)).rejects.toThrow(
    'manual intervention required',
  )
  expect(context.messages.join()).toContain('may still exist: Error: away')
})
