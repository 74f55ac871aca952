import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { deploy, registry, verdictTags } from '../../test/fakes/helm-deploy.ts'
import {
  expiredLease,
  foreignLease,
  holderIdentity,
  readUnreleasedLease,
  setLease,
  writtenOperation,
} from '../../test/fakes/leases.ts'
import { fakeRelease } from '../../test/fakes/release.ts'

describe('a version with tags of an earlier failure', () => {
  const failedOnce = {
    ...verdictTags,
    [versionTags.suspect]: 'Timeout',
    [versionTags.deployFailed]: 'yesterday: Timeout',
  }

  test.each([
    ['deployed', ['7']],
    ['unchanged', ['8']],
  ])('is not suspect once it is %s', async (ended, served) => {
    const mlflow = registry(failedOnce)
    const { outcome } = await deploy(fakeRelease(served), {}, mlflow)
    expect(outcome.outputs.outcome).toBe(ended)
    expect(mlflow.allVersions[1]?.tags).toEqual(verdictTags)
  })

  test('keeps its tags if it fails again', async () => {
    const mlflow = registry(failedOnce)
    await deploy(fakeRelease(['7'], ['8']), {}, mlflow)
    expect(mlflow.allVersions[1]?.tags[versionTags.deployFailed]).toContain('CrashLoopBackOff')
  })

  test('deploys even if the tags cannot be deleted', async () => {
    const mlflow = registry(failedOnce)
    mlflow.deleteVersionTag = async () => {
      throw new Error('read-only')
    }
    const { outcome } = await deploy(fakeRelease(['7']), {}, mlflow)
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(outcome.summary).toContain('was not deleted')
  })
})

test('a verdict against a replaced champion: refused', async () => {
  const mlflow = registry({ ...verdictTags, [versionTags.championVersion]: '6' })
  const { outcome } = await deploy(fakeRelease(['7']), {}, mlflow)
  expect(outcome.outputs.outcome).toBe('refused')
  expect(outcome.failure?.message).toContain('evaluated against version 6, but version 7 is champion now')
})

test('the time limit is the first log line, and in the summary', async () => {
  const { outcome, context } = await deploy(fakeRelease(['7']), { timeout: '10m' })
  expect(context.messages[0]).toMatch(
    /^digits: time limit: at most 63 min: 30 min to wait for another job, 11 min to recover an interrupted operation, 10 min/,
  )
  expect(outcome.summary).toContain('at most 63 min')
})

describe('the lease', () => {
  test('names the operation before Helm starts, then its revision, and is released at the end', async () => {
    const fake = fakeRelease(['7'])
    const { release } = fake
    const { upgrade, watch } = release
    const seen: unknown[] = []
    release.upgrade = async (order) => {
      seen.push((await release.lease.read())?.operation)
      return upgrade(order)
    }
    release.watch = async (...given) => {
      await new Promise((resolve) => setImmediate(resolve))
      seen.push((await release.lease.read())?.operation)
      return watch(...given)
    }
    await deploy(fake)
    expect(seen).toMatchObject([{ previousRevision: 1, version: '8', keepOnFailure: false }, { revision: 2 }])
    expect(await readUnreleasedLease(release)).toBeUndefined()
  })

  test('is lost to another job: nothing is rolled back, and no version is marked as failed', async () => {
    const fake = fakeRelease(['7'], ['8'])
    const { watch } = fake.release
    fake.release.watch = async (...given) => {
      fake.release.lease.set(foreignLease())
      return watch(...given)
    }
    const { outcome, mlflow } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Superseded' })
    expect(fake.calls.join()).not.toContain('rollback')
    expect(mlflow?.writes).toEqual([])
    expect(fake.release.lease.current()).toMatchObject({ holderIdentity: holderIdentity() })
  })

  test('of a job that died is taken over: its rollout is rolled back, then ours starts', async () => {
    const fake = fakeRelease(['7'])
    await deploy(fake, { 'model-version': '7', 'require-verdict': 'false' })
    fake.deployByOtherJob('9')
    const operation = {
      release: 'digits',
      namespace: 'ml',
      previousRevision: 1,
      isInstall: false,
      version: '9',
    }
    setLease(fake, expiredLease({ operation }))
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '8' })
    expect(fake.calls.join()).toMatch(/rollback 1,watch 7,verified 3,upgrade/)
    expect(outcome.summary).toMatch(/runs\/70.*did not finish its work.*rolled back to revision 1/)
  })

  test('of a job that died, whose recovery was interrupted: not refused, since the release may have changed', async () => {
    const fake = fakeRelease(['7', '8'])
    const mark = { model: 'fraud', version: '7', digest: '', run: '', verifiedAt: '' }
    fake.verifiedRevisions.set(1, { ...mark, revision: 1, updated: 't1' })
    setLease(fake, expiredLease({ operation: writtenOperation }))
    const { watch } = fake.release
    fake.release.watch = async () => {
      throw new Fault({ system: 'Kubernetes', call: 'kubectl get', detail: 'refused', hint: 'Look.' })
    }
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Unknown' })
    expect(outcome.failure?.message).toMatch(/recovery of an interrupted operation failed: Kubernetes/)
    expect((await fake.release.lease.read())?.operation).toEqual(writtenOperation)
    fake.release.watch = watch
    expect((await deploy(fake)).outcome.outputs.outcome).toBe('deployed')
  })
})
