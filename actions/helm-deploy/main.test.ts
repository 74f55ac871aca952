import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ReleaseHeld } from '../../src/adapters/helm/helm.ts'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { type FakeMlflow, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { deploy, judged, registry } from '../../test/fakes/helm-deploy.ts'
import { type FakeRelease, releaseWith } from '../../test/fakes/release.ts'
import { contract } from './contract.ts'

test('a good version: upgraded, watched, and only then marked', async () => {
  const fake = releaseWith(['7'])
  const { outcome, context, temp } = await deploy(fake)
  expect(outcome.failure).toBeUndefined()
  expect(outcome.outputs).toEqual({
    outcome: 'deployed',
    'live-model-version': '8',
    'live-revision': '2',
    'previous-model-version': '7',
    'failure-reason': '',
    evidence: '',
  })
  expect(fake.calls).toEqual(['mark 1', 'upgrade', 'watch 8', 'mark 2', 'close'])
  expect(fake.marks.get(2)).toMatchObject({
    version: '8',
    digest: 'digest-of-run8',
    run: quietContext().run.url,
  })
  expect(context.state).toMatchObject({ rollout: '', held: '' })
  expect(readdirSync(temp)).toEqual([])
})

test('the same again: unchanged, nothing is touched', async () => {
  const fake = releaseWith(['8'])
  const { outcome, context } = await deploy(fake)
  expect(context.said.at(-1)).toBe('digits: unchanged; live is version 8 (revision 1)')
  expect(outcome.outputs).toMatchObject({ outcome: 'unchanged', 'live-revision': '1' })
  expect(fake.calls).toEqual(['mark 1', 'close'])
})

describe('a broken version', () => {
  test('evidence first, then back to what was found good; red', async () => {
    const fake = releaseWith(['7'], ['8'])
    const { outcome, mlflow, context } = await deploy(fake)
    expect(fake.calls).toEqual([
      'mark 1',
      'upgrade',
      'watch 8',
      'evidence',
      'rollback 1',
      'watch 7',
      'mark 3',
      'close',
    ])
    expect(outcome.outputs).toMatchObject({
      outcome: 'rolled-back',
      'live-model-version': '7',
      'live-revision': '3',
      'previous-model-version': '7',
      'failure-reason': 'CrashLoopBackOff',
    })
    expect(outcome.failure?.message).toBe(
      'Version 8 of model "fraud" did not come up: CrashLoopBackOff (exit code 3) in pod pod-8, container serve: Error; its last words: "password=*** is wrong". Release digits went back to revision 1 (version 7), which serves again.',
    )
    expect(mlflow?.all[1]?.tags[ledger.quarantined]).toContain('CrashLoopBackOff (exit code 3)')
    expect(context.state.rollout).toBe('')
  })

  test('the evidence is JSON and markdown, without secrets', async () => {
    const { outcome } = await deploy(releaseWith(['7'], ['8']))
    const folder = outcome.outputs.evidence ?? ''
    const json = readFileSync(join(folder, 'evidence.json'), 'utf8')
    expect(JSON.parse(json).diagnosis).toMatchObject({ reason: 'CrashLoopBackOff', exitCode: 3 })
    expect(readFileSync(join(folder, 'evidence.md'), 'utf8')).toContain('password=*** is wrong')
    expect(json + outcome.summary).not.toContain('hunter2')
  })

  test('evidence-logs: full keeps what the pod said', async () => {
    const { outcome } = await deploy(releaseWith(['7'], ['8']), { 'evidence-logs': 'full' })
    expect(readFileSync(join(outcome.outputs.evidence ?? '', 'evidence.json'), 'utf8')).toContain('hunter2')
  })

  test('on-rollback: continue is green and says all the same', async () => {
    const { outcome } = await deploy(releaseWith(['7'], ['8']), { 'on-rollback': 'continue' })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs.outcome).toBe('rolled-back')
    expect(outcome.summary).toContain('went back to revision 1')
  })

  test('what it goes back to does not come up either: louder', async () => {
    const fake = releaseWith(['6', '7'], ['8'])
    const { release } = fake
    const { rollback } = release
    release.rollback = async (revision) => {
      await rollback(revision)
      const last = fake.revisions.at(-1)
      if (last) last.version = '8'
    }
    const { outcome } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('rollback-failed')
    expect(outcome.failure?.message).toContain('ROLLBACK FAILED')
    expect(fake.marks.has(4)).toBe(false)
  })

  test('nothing was ever seen good: nothing is guessed', async () => {
    const fake = releaseWith(['7'], ['7', '8'])
    const { outcome } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('rollback-failed')
    expect(fake.calls).not.toContainEqual(expect.stringContaining('rollback'))
  })

  test('as a first install it is uninstalled', async () => {
    const { outcome } = await deploy(releaseWith([], ['8']), {}, registry(judged, {}))
    expect(outcome.outputs).toMatchObject({ outcome: 'uninstalled', 'live-revision': '' })
    expect(outcome.failure?.message).toContain('first install')
  })

  test('as a first install it is kept where the user wants to look at it', async () => {
    const fake = releaseWith([], ['8'])
    const { outcome, context } = await deploy(fake, { 'on-first-failure': 'keep' }, registry(judged, {}))
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'live-revision': '1' })
    expect(outcome.outputs.evidence).not.toBe('')
    expect(fake.calls).not.toContain('uninstall')
    expect(context.state.rollout).toBe('')
  })

  test('rollback-on-failure: false leaves it', async () => {
    const fake = releaseWith(['7'], ['8'])
    const { outcome } = await deploy(fake, { 'rollback-on-failure': 'false', 'on-rollback': 'continue' })
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'live-revision': '2' })
    expect(outcome.failure).toBeInstanceOf(UserError)
    expect(fake.calls).not.toContain('rollback 1')
  })
})

describe('cancelled', () => {
  test('while it waits: nothing more is begun, and the post step knows what to do', async () => {
    const fake = releaseWith(['7'])
    const cancel = new AbortController()
    fake.release.watch = async () => {
      cancel.abort()
      return { kind: 'failed', diagnosis: { reason: 'Cancelled', said: '' }, observation: undefined }
    }
    const { outcome, context } = await deploy(fake, {}, registry(), cancel.signal)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Cancelled' })
    expect(outcome.failure?.message).toContain('the post step goes back')
    expect(fake.calls).toEqual(['mark 1', 'upgrade', 'evidence', 'close'])
    expect(outcome.outputs.evidence).not.toBe('')
    expect(JSON.parse(context.state.rollout ?? '')).toMatchObject({ before: 1, first: false })
  })

  test.each([
    [
      ['7'],
      { 'rollback-on-failure': 'false' },
      'left as it is (rollback-on-failure: false) unless Helm left it',
    ],
    [
      [],
      { 'on-first-failure': 'keep' },
      'left as it is (on-first-failure: keep) unless Helm left it pending',
    ],
  ])('says what stays of it: %j, %j', async (versions, given, words) => {
    const fake = releaseWith(versions)
    const cancel = new AbortController()
    fake.release.watch = async () => {
      cancel.abort()
      return { kind: 'failed', diagnosis: { reason: 'Cancelled', said: '' }, observation: undefined }
    }
    const known = versions.length > 0 ? registry() : registry(judged, {})
    const { outcome } = await deploy(fake, given, known, cancel.signal)
    expect(outcome.failure?.message).toContain(words)
    expect(outcome.failure?.message).not.toContain('goes back')
  })

  test('on the way back: no rollback is called failed that the post step will finish', async () => {
    const fake = releaseWith(['7'], ['8'])
    const cancel = new AbortController()
    fake.release.rollback = async () => {
      cancel.abort()
      throw new UserError('The job was cancelled.')
    }
    const { outcome, context } = await deploy(fake, {}, registry(), cancel.signal)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Cancelled' })
    expect(context.state.rollout).not.toBe('')
  })
})

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

describe('refused: the cluster is not touched, the outputs are set, the step is red', () => {
  const quarantined = fakeVersion('5', { runId: 'run8', tags: { [ledger.quarantined]: 'it crashed' } })
  const withSameFiles = () => {
    const mlflow = registry()
    mlflow.all.push(quarantined)
    return mlflow
  }
  test.each<[string, FakeMlflow, RegExp]>([
    ['without a verdict', registry({}), /no verdict/],
    ['rejected', registry({ ...judged, [ledger.verdict]: 'reject' }), /verdict "reject"/],
    [
      'judged with other files',
      registry({ ...judged, [ledger.artifactDigest]: 'other' }),
      /digest other, now/,
    ],
    [
      'in quarantine',
      registry({ ...judged, [ledger.quarantined]: 'it crashed' }),
      /quarantine \(it crashed\)/,
    ],
    [
      'its files are in quarantine under another number',
      withSameFiles(),
      /as version 5, which has the same files/,
    ],
    ['something serves that was never promoted', registry(judged, {}), /adopt: true/],
  ])('%s', async (_title, mlflow, said) => {
    const fake = releaseWith(['7'])
    const { outcome, context } = await deploy(fake, {}, mlflow)
    expect(outcome.outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '7',
      'live-revision': '1',
    })
    expect(outcome.failure).toBeInstanceOf(UserError)
    expect(outcome.failure?.message).toMatch(said)
    expect(fake.calls).toEqual(['close'])
    expect(context.state.rollout).toBeUndefined()
    expect(mlflow.writes).toEqual([])
  })
})

test('a release that its autoscaler sent to sleep: refused, nothing is touched', async () => {
  const fake = releaseWith(['7'])
  const { live, compare } = fake.release
  fake.release.live = async () => {
    const found = await live()
    return found && { ...found, pods: [], settled: false, desired: 0 }
  }
  fake.release.compare = async (order) => ({ ...(await compare(order)), leavesReplicas: true })
  const { outcome } = await deploy(fake)
  expect(outcome.outputs.outcome).toBe('refused')
  expect(outcome.failure?.message).toMatch(/^Release digits is asleep: deployment\/digits asks for 0 pods/)
  expect(fake.calls).toEqual(['close'])
})

describe('a version-from that cannot be right: refused, nothing is touched', () => {
  test('the rendered chart names something else there', async () => {
    const fake = releaseWith(['7'])
    const foretold = { kind: 'named', version: 'rig' } as const
    fake.release.compare = async () => ({ same: false, foretold, leavesReplicas: false })
    const { outcome, mlflow, context } = await deploy(fake, { 'version-from': 'image-tag' })
    expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'live-revision': '1' })
    expect(outcome.failure?.message).toMatch(/^Input version-from: by image-tag, .* "rig", not 8/)
    expect(fake.calls).toEqual(['close'])
    expect(mlflow?.writes).toEqual([])
    expect(context.state.rollout).toBeUndefined()
  })
})

test('what was adopted as champion may be deployed again, though nobody judged it', async () => {
  const mlflow = registry({ [ledger.adopted]: 'by ada' }, { champion: '8' })
  const { outcome } = await deploy(releaseWith(['7']), {}, mlflow)
  expect(outcome.outputs.outcome).toBe('deployed')
})

describe('files that the tracking server cannot list', () => {
  const outOfSight = (tags: Tags, champion: string) => {
    const mlflow = registry(tags, { champion })
    mlflow.artifactDigest = async () => {
      throw new Unlisted({ call: 'GET x', said: 'the files are at s3://b', next: 'Register it.' })
    }
    return mlflow
  }

  test.each<[string, FakeMlflow, Record<string, string>]>([
    ['no verdict is required', outOfSight({}, '7'), { 'require-verdict': 'false' }],
    ['an adopted champion', outOfSight({ [ledger.adopted]: 'by ada' }, '8'), {}],
  ])('%s: deployed, with a note', async (_title, mlflow, given) => {
    const { outcome } = await deploy(releaseWith(['7']), given, mlflow)
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(outcome.summary).toMatch(/cannot list the files of version 8/)
  })

  test.each<[string, Tags, RegExp]>([
    ['judged once', judged, /cannot list its files now/],
    ['in quarantine itself', { ...judged, [ledger.quarantined]: 'it crashed' }, /quarantine \(it crashed\)/],
  ])('%s: refused', async (_title, tags, said) => {
    const { outcome } = await deploy(releaseWith(['7']), {}, outOfSight(tags, '7'))
    expect(outcome.outputs.outcome).toBe('refused')
    expect(outcome.failure?.message).toMatch(said)
  })
})

test('a chart or values file that is not there is an error of the input, before the cluster is asked', async () => {
  const fake = releaseWith(['7'])
  await expect(deploy(fake, { chart: 'nope' })).rejects.toThrow(/^Input chart: /)
  await expect(deploy(fake, { 'values-files': 'nope.yaml' })).rejects.toThrow(/^Input values-files: /)
  expect(fake.calls).toEqual([])
})

test('a version that the registry does not know is an error of the input', async () => {
  await expect(deploy(releaseWith(['7']), { 'model-version': '9' })).rejects.toThrow(/has no version 9/)
})

test('Helm that refuses before it writes anything is a fault, not a rollout', async () => {
  const fake = releaseWith(['7'])
  fake.release.upgrade = async () => {
    throw new Error('chart does not render')
  }
  const { outcome, context } = await deploy(fake)
  expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '7' })
  expect(outcome.failure?.message).toBe('chart does not render')
  expect(context.state.rollout).toBe('')
  expect(fake.calls).not.toContain('evidence')
})

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

test('the inputs are held to the rules, all at once', () => {
  const given = {
    release: 'digits',
    chart: '-x',
    'model-name': 'm',
    'model-version': '1',
    'values-files': 'https://x/y',
    values: 'a: [',
  }
  expect(() => parseInputs(contract, given, {})).toThrow(
    /tracking-uri: is required[\s\S]*chart: is neither[\s\S]*values-files: "https:\/\/x\/y" is not a path[\s\S]*values: is not YAML/,
  )
})
