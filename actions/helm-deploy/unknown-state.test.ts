import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/domain/core/errors.ts'
import { deploy, registry } from '../../test/fakes/helm-deploy.ts'
import { type FakeRelease, fakeRelease } from '../../test/fakes/release.ts'

describe('a system that does not answer after the upgrade', () => {
  const silent = new Fault({ system: 'Helm', call: 'helm history', detail: 'EOF', hint: 'Look.' })

  test('does not stop the rollback: evidence that cannot be read is a gap', async () => {
    const fake = fakeRelease(['7'], ['8'])
    fake.release.collectLogsAndEvents = async () => {
      throw silent
    }
    const { history } = fake.release
    let silences = 0
    fake.release.history = async () => {
      // After the watch, the first read looks for a newer revision, the second is for the evidence.
      if (fake.calls.at(-1) !== 'watch 8' || silences > 1) return history()
      silences += 1
      throw silent
    }
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '7' })
    const { gaps } = JSON.parse(readFileSync(join(outcome.outputs.evidence ?? '', 'evidence.json'), 'utf8'))
    expect(gaps).toEqual([expect.stringMatching(/history.*EOF/), expect.stringMatching(/pods.*EOF/)])
  })

  test('a folder that cannot be written only loses the evidence', async () => {
    const fake = fakeRelease(['7'], ['8'])
    const { collectLogsAndEvents: traces } = fake.release
    const { outcome } = await deploy(fake, {}, registry(), undefined, (temp) => {
      fake.release.collectLogsAndEvents = async () => {
        writeFileSync(join(temp, 'rollout-evidence-ml.digits-8-2'), 'a file where the folder shall be')
        return traces()
      }
    })
    expect(outcome.outputs).toMatchObject({ outcome: 'rolled-back', evidence: '', 'evidence-name': '' })
    expect(outcome.summary).toContain('could not be written')
  })

  test.each<[string, (fake: FakeRelease) => void]>([
    [
      'whether Helm wrote anything',
      ({ release }) => {
        const { upgrade } = release
        release.upgrade = async (order) => {
          await upgrade(order)
          release.history = async () => {
            throw new Error('also this')
          }
          throw silent
        }
      },
    ],
    [
      'whether the revision was recorded as verified',
      ({ release }) => {
        const { recordVerifiedRevision: mark } = release
        release.recordVerifiedRevision = async (each) => {
          if (each.revision === 2) throw silent
          return mark(each)
        }
      },
    ],
  ])('%s: failed, and left to the post step', async (_title, breakIt) => {
    const fake = fakeRelease(['7'])
    breakIt(fake)
    const { outcome, context } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Unknown' })
    expect(outcome.failure).toBe(silent)
    expect(context.messages.join()).toContain('the post step rolls it back')
    expect((await fake.release.lease.read())?.operation).toMatchObject({ previousRevision: 1 })
  })

  test('during the rollback: the post step retries', async () => {
    const fake = fakeRelease(['7'], ['8'])
    fake.release.rollback = async () => {
      throw silent
    }
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({
      outcome: 'rollback-failed',
      'failure-reason': 'CrashLoopBackOff',
    })
    expect(outcome.failure?.message).toMatch(/ROLLBACK FAILED.*EOF.*post step/)
    expect((await fake.release.lease.read())?.operation).toMatchObject({ previousRevision: 1 })
  })
})
