import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { deploy, judged, registry } from '../../test/fakes/helm-deploy.ts'
import { releaseWith } from '../../test/fakes/release.ts'
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

test('a release that could not be given back is left to the post step', async () => {
  const fake = releaseWith(['7'])
  const { swap } = fake.release.lease
  fake.release.lease.swap = async (before, next) => {
    if (next) return swap(before, next)
    throw new Error('away')
  }
  const { outcome, context } = await deploy(fake)
  expect(outcome.outputs).toMatchObject({ outcome: 'deployed' })
  expect(context.state).toMatchObject({ rollout: '', held: 'digits' })
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
