import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/domain/failure.ts'
import { deploy, registry } from '../../test/fakes/helm-deploy.ts'
import { type FakeRelease, releaseWith } from '../../test/fakes/release.ts'

describe('a system that does not answer after the upgrade', () => {
  const silent = new Fault({ system: 'Helm', call: 'helm history', said: 'EOF', next: 'Look.' })

  test('leaves no gap in the way back: evidence that cannot be read is a gap', async () => {
    const fake = releaseWith(['7'], ['8'])
    fake.release.traces = async () => {
      throw silent
    }
    const { history } = fake.release
    let silences = 0
    fake.release.history = async () => {
      // The first after the watch asks whether another job was faster, the second is that of the evidence.
      if (fake.calls.at(-1) !== 'watch 8' || silences > 1) return history()
      silences += 1
      throw silent
    }
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '7' })
    const { gaps } = JSON.parse(readFileSync(join(outcome.outputs.evidence ?? '', 'evidence.json'), 'utf8'))
    expect(gaps).toEqual([expect.stringMatching(/history.*EOF/), expect.stringMatching(/pods.*EOF/)])
  })

  test('a folder that cannot be written costs the evidence only', async () => {
    const fake = releaseWith(['7'], ['8'])
    const { traces } = fake.release
    const { outcome } = await deploy(fake, {}, registry(), undefined, (temp) => {
      fake.release.traces = async () => {
        writeFileSync(join(temp, 'rollout-evidence-digits-2'), 'a file where the folder shall be')
        return traces()
      }
    })
    expect(outcome.outputs).toMatchObject({ outcome: 'rolled-back', evidence: '' })
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
      'the mark, after the proof',
      ({ release }) => {
        const { mark } = release
        release.mark = async (each) => {
          if (each.revision === 2) throw silent
          return mark(each)
        }
      },
    ],
  ])('%s: failed, and left to the post step', async (_title, breakIt) => {
    const fake = releaseWith(['7'])
    breakIt(fake)
    const { outcome, context } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Unreadable' })
    expect(outcome.failure).toBe(silent)
    expect(context.said.join()).toContain('the post step takes it back')
    expect(JSON.parse(context.state.rollout ?? '')).toMatchObject({ before: 1 })
  })

  test('on the way back: the post step tries once more', async () => {
    const fake = releaseWith(['7'], ['8'])
    fake.release.rollback = async () => {
      throw silent
    }
    const { outcome, context } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({
      outcome: 'rollback-failed',
      'failure-reason': 'CrashLoopBackOff',
    })
    expect(outcome.failure?.message).toMatch(/ROLLBACK FAILED.*post step.*EOF/)
    expect(JSON.parse(context.state.rollout ?? '')).toMatchObject({ before: 1 })
  })
})
