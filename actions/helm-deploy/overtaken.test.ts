import { describe, expect, test } from 'vitest'
import { ReleaseHeld } from '../../src/adapters/helm/helm.ts'
import { deploy, judged, registry } from '../../test/fakes/helm-deploy.ts'
import { releaseWith } from '../../test/fakes/release.ts'

describe('another job deploys the same release at the same time', () => {
  const wrong = { reason: 'WrongVersion', said: 'it serves version 9, 8 was asked for' } as const

  test.each(['true', 'false'])(
    'overtaken: left alone, nobody is blamed (rollback-on-failure: %s)',
    async (go) => {
      const fake = releaseWith(['7'])
      fake.release.watch = async () => {
        fake.deployElsewhere('9')
        return { kind: 'failed', diagnosis: wrong, observation: undefined }
      }
      const { outcome, context, mlflow } = await deploy(fake, { 'rollback-on-failure': go })
      expect(outcome.outputs).toMatchObject({
        outcome: 'failed',
        'failure-reason': 'Overtaken',
        'live-model-version': '9',
        'live-revision': '3',
        evidence: expect.stringContaining('rollout-evidence-digits-'),
      })
      expect(outcome.summary).toContain('password=')
      expect(outcome.failure?.message).toMatch(/^Revision 2 .*version 8.*revision 3.*left to that job/)
      expect(fake.calls.join()).not.toMatch(/rollback|uninstall|mark 2/)
      expect(mlflow?.writes).toEqual([])
      expect(context.state.rollout).toBe('')
    },
  )

  test('a first install, overtaken, is not uninstalled', async () => {
    const fake = releaseWith([], ['8'])
    fake.release.watch = async () => {
      fake.deployElsewhere('9')
      return { kind: 'failed', diagnosis: wrong, observation: undefined }
    }
    await deploy(fake, {}, registry(judged, {}))
    expect(fake.calls).not.toContain('uninstall')
  })

  test('the faster one: the mark is on its own revision', async () => {
    const fake = releaseWith(['7'])
    const { watch } = fake.release
    fake.release.watch = async (version, deadline) => {
      const end = await watch(version, deadline)
      fake.deployElsewhere('9')
      return end
    }
    await deploy(fake)
    expect([...fake.marks.keys()]).toEqual([1, 2])
  })

  test('the later one: it goes back from its own revision, and past the one that nobody saw serving', async () => {
    const fake = releaseWith(['7'], ['8'])
    const { upgrade } = fake.release
    fake.release.upgrade = async (order) => {
      fake.deployElsewhere('9')
      return upgrade(order)
    }
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'rolled-back', 'live-revision': '4' })
    expect(fake.calls).toContain('rollback 1')
  })

  test.each([
    ['Helm is held by it, which deploys the same version', '8', new ReleaseHeld('digits is held')],
    ['Helm failed beside it', '9', new Error('chart does not render')],
  ])('%s: refused, the other is let work', async (_title, other, error) => {
    const fake = releaseWith(['7'])
    fake.release.upgrade = async () => {
      fake.deployElsewhere(other)
      throw error
    }
    const { outcome, mlflow, context } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('refused')
    expect(outcome.failure).toBe(error)
    expect(fake.calls).toEqual(['mark 1', 'close'])
    expect(mlflow?.writes).toEqual([])
    expect(context.state.rollout).toBe('')
  })
})
