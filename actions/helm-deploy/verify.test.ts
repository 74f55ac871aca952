import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { FailureReason } from '../../src/domain/rollout-failure.ts'
import { deploy, registry } from '../../test/fakes/helm-deploy.ts'
import { releaseWith } from '../../test/fakes/release.ts'
import { look } from '../../test/fakes/rollout.ts'
import { post } from './post.ts'

const verify = `- {port: 8080, path: /health}
- {port: 8080, path: /predict, body: {rows: [[0]]}, expect: {json: {label: 3}}}`
const failed = (reason: FailureReason, more: object = {}) => ({
  kind: 'failed' as const,
  diagnosis: { reason, pod: 'digits-verify-8-bcdfg', said: 'so it is', ...more },
  observation: look([]),
})
const touching = (calls: readonly string[]) =>
  calls.filter((call) => /^(upgrade|rollback|uninstall|mark)/.test(call))

describe('golden requests', () => {
  test('are not asked where there are none', async () => {
    const fake = releaseWith(['7'])
    const { outcome } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(fake.calls.join()).not.toContain('trial')
  })

  test('that are answered as expected let the rollout begin, when the pod is gone', async () => {
    const fake = releaseWith(['7'])
    const { outcome, context } = await deploy(fake, { verify })
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(fake.calls.slice(0, 4)).toEqual([
      'mark 1',
      'trial 8 of run 77-1',
      'end trials of run 77-1',
      'upgrade',
    ])
    expect(context.state).toMatchObject({ trial: '', rollout: '' })
    expect(outcome.summary).toContain(
      'Golden request 1, GET /health on port 8080&#58; status 200 in 7 ms, as expected',
    )
    expect(outcome.summary).toContain('Golden request 2, POST /predict')
  })

  test('are asked of the first version of a release, too', async () => {
    const fake = releaseWith([])
    const { outcome } = await deploy(fake, { verify }, registry(undefined, {}))
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(fake.calls).toContain('trial 8 of run 77-1')
  })

  test('are not asked where the version is live already', async () => {
    const fake = releaseWith(['8'])
    expect((await deploy(fake, { verify })).outcome.outputs.outcome).toBe('unchanged')
    expect(fake.calls.join()).not.toContain('trial')
  })

  test('that nobody can read are told before anything else is done', async () => {
    const fake = releaseWith(['7'])
    await expect(deploy(fake, { verify: '- {port: 1}' })).rejects.toThrow(
      /^Input verify: line 1: request 1, path/,
    )
    expect(fake.calls).toEqual([])
  })

  test('add their time to what is announced', async () => {
    const { context } = await deploy(releaseWith(['7']), { verify })
    expect(context.said.join('\n')).toContain('5 min to try a pod out')
    const without = await deploy(releaseWith(['7']))
    expect(without.context.said.join('\n')).not.toContain('try a pod out')
  })
})

describe('a wrong answer', () => {
  test('ends it with the release untouched, its evidence kept, and the version suspect', async () => {
    const fake = releaseWith(['7'])
    fake.candidate.answer = (path) =>
      path === '/predict'
        ? { kind: 'answer', status: 200, body: '{"label": 4, "token": "s3cret-s3cret"}', milliseconds: 9 }
        : { kind: 'answer', status: 503, body: 'password=hunter2', milliseconds: 3 }
    const { outcome, mlflow, context } = await deploy(fake, { verify })
    expect(outcome.outputs).toMatchObject({
      outcome: 'refused',
      'failure-reason': 'VerifyFailed',
      'live-model-version': '7',
      'live-revision': '1',
      'previous-model-version': '7',
    })
    expect(touching(fake.calls)).toEqual(['mark 1'])
    // The pod is there while its evidence is saved, and gone at the end.
    expect(fake.calls.slice(1, 4)).toEqual(['trial 8 of run 77-1', 'evidence', 'end trials of run 77-1'])
    expect(existsSync(join(outcome.outputs.evidence ?? '', 'evidence.json'))).toBe(true)
    const said = outcome.failure?.message ?? ''
    expect(said).toMatch(
      /^Version 8 of model "fraud" was not rolled out.*VerifyFailed in pod pod-8: golden request 1, GET \/health on port 8080: status 503, expected 200.*golden request 2.*label is 4, expected 3.*Nothing of the release was touched\.$/,
    )
    const told = [said, outcome.summary, ...context.said, JSON.stringify(mlflow?.all[1]?.tags)].join('\n')
    expect(told).not.toMatch(/hunter2|s3cret/)
    const tags = mlflow?.all[1]?.tags
    expect(tags?.[ledger.suspect]).toContain('VerifyFailed')
    expect(tags?.[ledger.quarantined]).toBeUndefined()
  })

  test('is told without a word of it where the logs are off', async () => {
    const fake = releaseWith(['7'])
    fake.candidate.answer = (path) => ({
      kind: 'answer',
      status: path === '/predict' ? 200 : 503,
      body: '{"label": "ada"}',
      milliseconds: 9,
    })
    const { outcome, mlflow, context } = await deploy(fake, { verify, 'evidence-logs': 'off' })
    const said = outcome.failure?.message ?? ''
    expect(said).toMatch(
      /status 503, expected 200 \(answered in 9 ms\); golden request 2.*: status 200, but the answer differs from what/,
    )
    const evidence = readFileSync(join(outcome.outputs.evidence ?? '', 'evidence.json'), 'utf8')
    const told = [said, outcome.summary, ...context.said, JSON.stringify(mlflow?.all[1]?.tags), evidence]
    expect(told.join('\n')).not.toContain('ada')
  })

  test('that is no answer in time is one', async () => {
    const fake = releaseWith(['7'])
    fake.candidate.answer = () => ({ kind: 'late' })
    const { outcome } = await deploy(fake, { verify: '- {port: 1, path: /, expect: {within: 70ms}}' })
    expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'VerifyFailed' })
    expect(outcome.failure?.message).toContain('no answer came within 70 ms')
  })
})

describe('a pod that does not come up', () => {
  test.each<[string, 'refused' | 'end' | 'answer', ReturnType<typeof failed>, boolean]>([
    [
      'is the fault of a model that crashes',
      'end',
      failed('CrashLoopBackOff', { container: 'serve', exitCode: 3 }),
      true,
    ],
    [
      'is the fault of a model that crashes over a request',
      'answer',
      failed('OOMKilled', { container: 'serve' }),
      true,
    ],
    ['is not its fault where there is no room', 'end', failed('Unschedulable'), false],
    ['is not its fault where the quota is used up', 'refused', failed('FailedCreate'), false],
    ['is not its fault where it is only slow', 'end', failed('ReadinessProbeFailed'), false],
  ])('%s', async (_title, where, end, isFault) => {
    const fake = releaseWith(['7'])
    if (where === 'answer') fake.candidate.answer = () => end
    else fake.candidate[where] = end
    const { outcome, mlflow } = await deploy(fake, { verify })
    expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': end.diagnosis.reason })
    expect(outcome.failure?.message).toContain(`${end.diagnosis.reason}`)
    expect(touching(fake.calls)).toEqual(['mark 1'])
    expect(fake.calls).toContain('end trials of run 77-1')
    const tags = mlflow?.all[1]?.tags ?? {}
    expect([ledger.quarantined in tags, ledger.suspect in tags]).toEqual([isFault, !isFault])
  })

  test.each<'end' | 'answer'>(['end', 'answer'])(
    'is not its fault where that pod was unlike those of the rollout (%s)',
    async (where) => {
      const fake = releaseWith(['7'])
      const end = failed('CrashLoopBackOff', { container: 'serve', exitCode: 3 })
      if (where === 'answer') fake.candidate.answer = () => end
      else fake.candidate.end = end
      fake.candidate.notes = ['The pod of the golden requests had an empty volume data.']
      const { outcome, mlflow } = await deploy(fake, { verify })
      expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'CrashLoopBackOff' })
      expect(outcome.summary).toContain('an empty volume data')
      const tags = mlflow?.all[1]?.tags ?? {}
      expect([ledger.quarantined in tags, ledger.suspect in tags]).toEqual([false, true])
    },
  )

  test('quotes its last words', async () => {
    const fake = releaseWith(['7'])
    const words = { pod: 'pod-8', container: 'serve', exitCode: 3 }
    fake.candidate.end = failed('CrashLoopBackOff', words)
    expect((await deploy(fake, { verify })).outcome.failure?.message).toContain(
      'its last words: "password=***',
    )
  })
})

test('a registry that is away when a candidate fails is told by whoever comes next', async () => {
  const fake = releaseWith(['7'])
  fake.candidate.end = failed('CrashLoopBackOff')
  const mlflow = registry()
  mlflow.beforeWrite = () => {
    throw new Fault({ system: 'MLflow', call: 'set-tag', status: 503, said: 'down', next: 'Wait.' })
  }
  const { outcome, context, inputs } = await deploy(fake, { verify }, mlflow)
  expect(outcome.outputs.outcome).toBe('refused')
  expect((await fake.release.lease.read())?.untold?.[0]).toMatchObject({ version: '8', before: 1 })
  mlflow.beforeWrite = () => undefined
  await post(
    context.state,
    inputs,
    context,
    async () => fake.release,
    () => mlflow,
  )
  expect(mlflow.all[1]?.tags).toHaveProperty([ledger.quarantined])
  expect(touching(fake.calls)).toEqual(['mark 1'])
})

test('a system that does not answer leaves nothing behind', async () => {
  const fake = releaseWith(['7'])
  fake.candidate.answer = () => {
    throw new Error('no way to the pod')
  }
  await expect(deploy(fake, { verify })).rejects.toThrow('no way to the pod')
  expect(fake.calls).toContain('end trials of run 77-1')
  expect(touching(fake.calls)).toEqual(['mark 1'])
})

test('a cancelled job blames nobody, and says that nothing was touched', async () => {
  const fake = releaseWith(['7'])
  const cancel = new AbortController()
  fake.candidate.answer = () => {
    cancel.abort()
    throw new Error('ended')
  }
  const { outcome, mlflow } = await deploy(fake, { verify }, registry(), cancel.signal)
  expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'Cancelled' })
  expect(outcome.failure?.message).toContain('nothing of the release was touched')
  expect(mlflow?.all[1]?.tags[ledger.suspect]).toBeUndefined()
  expect(fake.calls).toContain('end trials of run 77-1')
})

test('a pod that cannot be removed is no reason to fail, and left to the post step', async () => {
  const fake = releaseWith(['7'])
  const release = {
    ...fake.release,
    endTrials: async () => {
      throw new Error('away')
    },
  }
  const { outcome, context, inputs } = await deploy({ ...fake, release }, { verify })
  expect(outcome.outputs.outcome).toBe('deployed')
  expect(context.said.join('\n')).toContain('is not removed yet: away')
  expect(context.state.trial).toBe('77-1')
  await post(context.state, inputs, context, async () => fake.release)
  expect(fake.calls.at(-2)).toBe('end trials of run 77-1')
})
