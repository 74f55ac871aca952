import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { fakeContext, parseInputs } from '../../test/fakes/context.ts'
import { deploy, registry, verdictTags } from '../../test/fakes/helm-deploy.ts'
import { fakeRelease } from '../../test/fakes/release.ts'
import { contract } from './contract.ts'

test('a good version: upgraded, watched, and only then recorded as verified', async () => {
  const fake = fakeRelease(['7'])
  const { outcome, context, temp } = await deploy(fake)
  expect(outcome.failure).toBeUndefined()
  expect(outcome.outputs).toEqual({
    outcome: 'deployed',
    'live-model-version': '8',
    'live-revision': '2',
    'previous-model-version': '7',
    'failure-reason': '',
    evidence: '',
    'evidence-name': '',
  })
  expect(fake.calls).toEqual(['verified 1', 'upgrade', 'watch 8', 'verified 2', 'close'])
  expect(fake.verifiedRevisions.get(2)).toMatchObject({
    version: '8',
    digest: 'digest-of-run8',
    run: fakeContext().run.url,
  })
  expect(context.state).toMatchObject({ lease: '' })
  expect(readdirSync(temp)).toEqual([])
})

test('the same deployment again: unchanged', async () => {
  const fake = fakeRelease(['8'])
  const { outcome, context } = await deploy(fake)
  expect(context.messages.at(-1)).toBe('digits: unchanged; live: version 8 (revision 1)')
  expect(outcome.outputs).toMatchObject({ outcome: 'unchanged', 'live-revision': '1' })
  expect(fake.calls).toEqual(['verified 1', 'close'])
})

test.each<[string, string[], Record<string, string>, string]>([
  ['replaces a version', ['7'], {}, 'Version 8 serves in release digits, replacing version 7.'],
  [
    'is a first install',
    [],
    { 'first-install': 'true' },
    'Version 8 serves in release digits, which is new.',
  ],
  ['changes nothing', ['8'], {}, 'Version 8 already serves in release digits. Nothing was changed.'],
])(
  'the summary begins with the result in one sentence: a deployment that %s',
  async (_what, live, given, sentence) => {
    const { outcome } = await deploy(fakeRelease(live), given)
    const text = outcome.summary?.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    expect(text).toContain(`### Deployment of fraud\n\n**${sentence}`)
  },
)

test('a lease that could not be released is left to the post step', async () => {
  const fake = fakeRelease(['7'])
  const { write } = fake.release.lease
  fake.release.lease.write = async (lease) => {
    if (lease.holderIdentity !== '') return write(lease)
    throw new Error('away')
  }
  const { outcome, context } = await deploy(fake)
  expect(outcome.outputs).toMatchObject({ outcome: 'deployed' })
  expect(context.state.lease).toMatch(/^helm-deploy of /)
})

describe('a broken version', () => {
  test('evidence first, then rolled back to the verified baseline; the step fails', async () => {
    const fake = fakeRelease(['7'], ['8'])
    const { outcome, mlflow } = await deploy(fake)
    expect(fake.calls).toEqual([
      'verified 1',
      'upgrade',
      'watch 8',
      'evidence',
      'rollback 1',
      'watch 7',
      'verified 3',
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
      'Rollout of version 8 of model "fraud" failed: CrashLoopBackOff (exit code 3) in pod pod-8, container serve: Error; last log line: "password=*** is wrong". Rolled back release digits to revision 1 (version 7); it is serving.',
    )
    expect(mlflow?.allVersions[1]?.tags[versionTags.quarantined]).toContain('CrashLoopBackOff (exit code 3)')
    expect((await fake.release.lease.read())?.operation).toBeUndefined()
  })

  test('the evidence is JSON and markdown, without secrets', async () => {
    const { outcome } = await deploy(fakeRelease(['7'], ['8']))
    const folder = outcome.outputs.evidence ?? ''
    const json = readFileSync(join(folder, 'evidence.json'), 'utf8')
    expect(JSON.parse(json).diagnosis).toMatchObject({ reason: 'CrashLoopBackOff', exitCode: 3 })
    expect(readFileSync(join(folder, 'evidence.md'), 'utf8')).toContain('password=*** is wrong')
    expect(json + outcome.summary).not.toContain('hunter2')
  })

  test('evidence-logs: full keeps secrets in logs', async () => {
    const { outcome } = await deploy(fakeRelease(['7'], ['8']), { 'evidence-logs': 'full' })
    expect(readFileSync(join(outcome.outputs.evidence ?? '', 'evidence.json'), 'utf8')).toContain('hunter2')
  })

  test('on-rollback: continue succeeds with the same summary', async () => {
    const { outcome } = await deploy(fakeRelease(['7'], ['8']), { 'on-rollback': 'continue' })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs.outcome).toBe('rolled-back')
    expect(outcome.summary).toMatch(
      /^\*\*Rollout of version 8 .* Rolled back release digits to revision 1 .*\*\*$/m,
    )
  })

  test('the rollback target fails too: ROLLBACK FAILED', async () => {
    const fake = fakeRelease(['6', '7'], ['8'])
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
    expect(fake.verifiedRevisions.has(4)).toBe(false)
  })

  test('no revision was ever verified: no rollback', async () => {
    const fake = fakeRelease(['7'], ['7', '8'])
    const { outcome } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('rollback-failed')
    expect(fake.calls).not.toContainEqual(expect.stringContaining('rollback'))
  })

  test('as a first install it is uninstalled', async () => {
    const { outcome } = await deploy(fakeRelease([], ['8']), {}, registry(verdictTags, {}))
    expect(outcome.outputs).toMatchObject({ outcome: 'uninstalled', 'live-revision': '' })
    expect(outcome.failure?.message).toContain('first install')
  })

  test('as a first install it is kept with on-first-failure: keep', async () => {
    const fake = fakeRelease([], ['8'])
    const { outcome } = await deploy(fake, { 'on-first-failure': 'keep' }, registry(verdictTags, {}))
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'live-revision': '1' })
    expect(outcome.outputs.evidence).not.toBe('')
    expect(fake.calls).not.toContain('uninstall')
    expect((await fake.release.lease.read())?.operation).toBeUndefined()
  })

  test('rollback-on-failure: false keeps it', async () => {
    const fake = fakeRelease(['7'], ['8'])
    const { outcome } = await deploy(fake, { 'rollback-on-failure': 'false', 'on-rollback': 'continue' })
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'live-revision': '2' })
    expect(outcome.failure).toBeInstanceOf(UserError)
    expect(fake.calls).not.toContain('rollback 1')
  })
})

describe('cancelled', () => {
  test('during the watch: nothing more is started, and the post step can recover', async () => {
    const fake = fakeRelease(['7'])
    const cancel = new AbortController()
    fake.release.watch = async () => {
      cancel.abort()
      return { kind: 'failed', diagnosis: { reason: 'Cancelled', message: '' }, observation: undefined }
    }
    const { outcome } = await deploy(fake, {}, registry(), cancel.signal)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Cancelled' })
    expect(outcome.failure?.message).toContain('the post step rolls back')
    expect(fake.calls).toEqual(['verified 1', 'upgrade', 'evidence', 'close'])
    expect(outcome.outputs.evidence).not.toBe('')
    expect((await fake.release.lease.read())?.operation).toMatchObject({
      previousRevision: 1,
      isInstall: false,
    })
  })

  test.each([
    [['7'], { 'rollback-on-failure': 'false' }, 'kept (rollback-on-failure: false), unless Helm left it'],
    [[], { 'on-first-failure': 'keep' }, 'kept (on-first-failure: keep), unless Helm left it pending'],
  ])('reports what is kept: %j, %j', async (versions, given, words) => {
    const fake = fakeRelease(versions)
    const cancel = new AbortController()
    fake.release.watch = async () => {
      cancel.abort()
      return { kind: 'failed', diagnosis: { reason: 'Cancelled', message: '' }, observation: undefined }
    }
    const known = versions.length > 0 ? registry() : registry(verdictTags, {})
    const { outcome } = await deploy(fake, given, known, cancel.signal)
    expect(outcome.failure?.message).toContain(words)
    expect(outcome.failure?.message).not.toContain('rolls back')
  })

  test('during the rollback: it is not reported as failed, since the post step finishes it', async () => {
    const fake = fakeRelease(['7'], ['8'])
    const cancel = new AbortController()
    fake.release.rollback = async () => {
      cancel.abort()
      throw new UserError('The job was cancelled.')
    }
    const { outcome } = await deploy(fake, {}, registry(), cancel.signal)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Cancelled' })
    expect((await fake.release.lease.read())?.operation).toBeDefined()
  })
})

test('an error of Helm before it writes a revision is a fault, not a failed rollout', async () => {
  const fake = fakeRelease(['7'])
  fake.release.upgrade = async () => {
    throw new Error('chart does not render')
  }
  const { outcome } = await deploy(fake)
  expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '7' })
  expect(outcome.failure?.message).toBe('chart does not render')
  expect((await fake.release.lease.read())?.operation).toBeUndefined()
  expect(fake.calls).not.toContain('evidence')
})

test('all rule violations of the inputs are reported at once', () => {
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
