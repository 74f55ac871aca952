import { describe, expect, test } from 'vitest'
import { ReleaseLockedError } from '../../src/adapters/helm/helm-errors.ts'
import { deploy, registry, verdictTags } from '../../test/fakes/helm-deploy.ts'
import { fakeRelease } from '../../test/fakes/release.ts'

describe('another job deploys the same release at the same time', () => {
  const wrong = { reason: 'WrongVersion', message: 'it serves version 9, expected 8' } as const

  test.each(['true', 'false'])(
    'superseded: the newer revision is kept, and no version is marked as failed (rollback-on-failure: %s)',
    async (go) => {
      const fake = fakeRelease(['7'])
      fake.release.watch = async () => {
        fake.deployByOtherJob('9')
        return { kind: 'failed', diagnosis: wrong, observation: undefined }
      }
      const { outcome, mlflow } = await deploy(fake, { 'rollback-on-failure': go })
      expect(outcome.outputs).toMatchObject({
        outcome: 'failed',
        'failure-reason': 'Superseded',
        'live-model-version': '9',
        'live-revision': '3',
        evidence: expect.stringContaining('rollout-evidence-ml.digits-'),
      })
      expect(outcome.summary).toContain('password=')
      expect(outcome.failure?.message).toMatch(
        /^Another job deployed revision 3 .*revision 2 \(version 8\).*Revision 3 is kept/,
      )
      expect(fake.calls.join()).not.toMatch(/rollback|uninstall|verified 2/)
      expect(mlflow?.writes).toEqual([])
      expect((await fake.release.lease.read())?.operation).toBeUndefined()
    },
  )

  test('a superseded first install is not uninstalled', async () => {
    const fake = fakeRelease([], ['8'])
    fake.release.watch = async () => {
      fake.deployByOtherJob('9')
      return { kind: 'failed', diagnosis: wrong, observation: undefined }
    }
    await deploy(fake, {}, registry(verdictTags, {}))
    expect(fake.calls).not.toContain('uninstall')
  })

  test('the earlier one: its own revision is recorded as verified', async () => {
    const fake = fakeRelease(['7'])
    const { watch } = fake.release
    fake.release.watch = async (version, deadline) => {
      const end = await watch(version, deadline)
      fake.deployByOtherJob('9')
      return end
    }
    await deploy(fake)
    expect([...fake.verifiedRevisions.keys()]).toEqual([1, 2])
  })

  test('the later one: it rolls back past the revision that was never verified', async () => {
    const fake = fakeRelease(['7'], ['8'])
    const { upgrade } = fake.release
    fake.release.upgrade = async (order) => {
      fake.deployByOtherJob('9')
      return upgrade(order)
    }
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'rolled-back', 'live-revision': '4' })
    expect(fake.calls).toContain('rollback 1')
  })

  test.each([
    [
      'Helm has the release locked for it, with the same version',
      '8',
      new ReleaseLockedError('digits is held'),
    ],
    ['Helm fails next to it', '9', new Error('chart does not render')],
  ])('%s: refused, and the other job continues', async (_title, other, error) => {
    const fake = fakeRelease(['7'])
    fake.release.upgrade = async () => {
      fake.deployByOtherJob(other)
      throw error
    }
    const { outcome, mlflow } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('refused')
    expect(outcome.failure).toBe(error)
    expect(fake.calls).toEqual(['verified 1', 'close'])
    expect(mlflow?.writes).toEqual([])
    expect((await fake.release.lease.read())?.operation).toBeUndefined()
  })
})
