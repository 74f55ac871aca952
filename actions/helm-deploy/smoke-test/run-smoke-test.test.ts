import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../../src/domain/core/errors.ts'
import { versionTags } from '../../../src/domain/registry/version-tags.ts'
import type { FailureReason } from '../../../src/domain/rollout/diagnosis.ts'
import { deploy, registry } from '../../../test/fakes/helm-deploy.ts'
import { fakeRelease } from '../../../test/fakes/release.ts'
import { workloadStatus } from '../../../test/fakes/workload-status.ts'
import { post } from '../post.ts'

const verify = `- {port: 8080, path: /health}
- {port: 8080, path: /predict, body: {rows: [[0]]}, expect: {json: {label: 3}}}`
const smokeTestFailure = (reason: FailureReason, more: object = {}) => ({
  kind: 'failed' as const,
  diagnosis: { reason, pod: 'digits-smoke-test-8-bcdfg', message: 'so it is', ...more },
  observation: workloadStatus([]),
})
const releaseChanges = (calls: readonly string[]) =>
  calls.filter((call) => /^(upgrade|rollback|uninstall|verified)/.test(call))

describe('golden requests', () => {
  test('are not sent if none are given', async () => {
    const fake = fakeRelease(['7'])
    const { outcome } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(fake.calls.join()).not.toContain('smoke test')
  })

  test('with expected responses start the rollout, after the pod is deleted', async () => {
    const fake = fakeRelease(['7'])
    const { outcome, context } = await deploy(fake, { verify })
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(fake.calls.slice(0, 4)).toEqual([
      'verified 1',
      'smoke test 8 of run 77-1',
      'delete smoke test pods of run 77-1',
      'upgrade',
    ])
    expect(context.state).toMatchObject({ 'smoke-test': '', lease: '' })
    expect(outcome.summary).toContain(
      'Golden request 1, GET /health on port 8080&#58; status 200 in 7 ms, as expected',
    )
    expect(outcome.summary).toContain('Golden request 2, POST /predict')
  })

  test('are sent for the first version of a release, too', async () => {
    const fake = fakeRelease([])
    const { outcome } = await deploy(fake, { verify }, registry(undefined, {}))
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(fake.calls).toContain('smoke test 8 of run 77-1')
  })

  test('are not sent if the version is live already', async () => {
    const fake = fakeRelease(['8'])
    expect((await deploy(fake, { verify })).outcome.outputs.outcome).toBe('unchanged')
    expect(fake.calls.join()).not.toContain('smoke test')
  })

  test('that are not valid are reported before anything else', async () => {
    const fake = fakeRelease(['7'])
    await expect(deploy(fake, { verify: '- {port: 1}' })).rejects.toThrow(
      /^Input verify: line 1: request 1, path/,
    )
    expect(fake.calls).toEqual([])
  })

  test('add their time to the time limit', async () => {
    const { context } = await deploy(fakeRelease(['7']), { verify })
    expect(context.messages.join('\n')).toContain('5 min to run the smoke test')
    const without = await deploy(fakeRelease(['7']))
    expect(without.context.messages.join('\n')).not.toContain('smoke test')
  })
})

describe('a wrong response', () => {
  test('refuses: the release is unchanged, the evidence saved, the version suspect', async () => {
    const fake = fakeRelease(['7'])
    fake.candidate.answer = (path) =>
      path === '/predict'
        ? { kind: 'response', status: 200, body: '{"label": 4, "token": "s3cret-s3cret"}', durationMs: 9 }
        : { kind: 'response', status: 503, body: 'password=hunter2', durationMs: 3 }
    const { outcome, mlflow, context } = await deploy(fake, { verify })
    expect(outcome.outputs).toMatchObject({
      outcome: 'refused',
      'failure-reason': 'SmokeTestFailed',
      'live-model-version': '7',
      'live-revision': '1',
      'previous-model-version': '7',
    })
    expect(releaseChanges(fake.calls)).toEqual(['verified 1'])
    // The pod is deleted after its evidence is saved.
    expect(fake.calls.slice(1, 4)).toEqual([
      'smoke test 8 of run 77-1',
      'evidence',
      'delete smoke test pods of run 77-1',
    ])
    expect(existsSync(join(outcome.outputs.evidence ?? '', 'evidence.json'))).toBe(true)
    const said = outcome.failure?.message ?? ''
    expect(said).toMatch(
      /^Version 8 of model "fraud" was not rolled out.*SmokeTestFailed in pod pod-8: golden request 1, GET \/health on port 8080: status 503, expected 200.*golden request 2.*label is 4, expected 3.*The release was not changed\.$/,
    )
    const shown = [
      said,
      outcome.summary,
      ...context.messages,
      JSON.stringify(mlflow?.allVersions[1]?.tags),
    ].join('\n')
    expect(shown).not.toMatch(/hunter2|s3cret/)
    const tags = mlflow?.allVersions[1]?.tags
    expect(tags?.[versionTags.suspect]).toContain('SmokeTestFailed')
    expect(tags?.[versionTags.quarantined]).toBeUndefined()
  })

  test('is not quoted with evidence-logs: off', async () => {
    const fake = fakeRelease(['7'])
    fake.candidate.answer = (path) => ({
      kind: 'response',
      status: path === '/predict' ? 200 : 503,
      body: '{"label": "ada"}',
      durationMs: 9,
    })
    const { outcome, mlflow, context } = await deploy(fake, { verify, 'evidence-logs': 'off' })
    const said = outcome.failure?.message ?? ''
    expect(said).toMatch(
      /status 503, expected 200 \(response in 9 ms\); golden request 2.*: status 200, but the response differs from the expected one/,
    )
    const evidence = readFileSync(join(outcome.outputs.evidence ?? '', 'evidence.json'), 'utf8')
    const shown = [
      said,
      outcome.summary,
      ...context.messages,
      JSON.stringify(mlflow?.allVersions[1]?.tags),
      evidence,
    ]
    expect(shown.join('\n')).not.toContain('ada')
  })

  test('may be a timeout', async () => {
    const fake = fakeRelease(['7'])
    fake.candidate.answer = () => ({ kind: 'timeout' })
    const { outcome } = await deploy(fake, { verify: '- {port: 1, path: /, expect: {within: 70ms}}' })
    expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'SmokeTestFailed' })
    expect(outcome.failure?.message).toContain('no response within 70 ms')
  })
})

describe('a pod that does not start', () => {
  test.each<[string, 'refused' | 'end' | 'answer', ReturnType<typeof smokeTestFailure>, boolean]>([
    [
      'is the fault of a model that crashes',
      'end',
      smokeTestFailure('CrashLoopBackOff', { container: 'serve', exitCode: 3 }),
      true,
    ],
    [
      'is the fault of a model that crashes over a request',
      'answer',
      smokeTestFailure('OOMKilled', { container: 'serve' }),
      true,
    ],
    ['is not its fault where there is no room', 'end', smokeTestFailure('Unschedulable'), false],
    ['is not its fault where the quota is used up', 'refused', smokeTestFailure('FailedCreate'), false],
    ['is not its fault where it is only slow', 'end', smokeTestFailure('ReadinessProbeFailed'), false],
  ])('%s', async (_title, where, end, isFault) => {
    const fake = fakeRelease(['7'])
    if (where === 'answer') fake.candidate.answer = () => end
    else fake.candidate[where] = end
    const { outcome, mlflow } = await deploy(fake, { verify })
    expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': end.diagnosis.reason })
    expect(outcome.failure?.message).toContain(`${end.diagnosis.reason}`)
    expect(releaseChanges(fake.calls)).toEqual(['verified 1'])
    expect(fake.calls).toContain('delete smoke test pods of run 77-1')
    const tags = mlflow?.allVersions[1]?.tags ?? {}
    expect([versionTags.quarantined in tags, versionTags.suspect in tags]).toEqual([isFault, !isFault])
  })

  test.each<'end' | 'answer'>(['end', 'answer'])(
    'is not its fault where that pod was unlike those of the rollout (%s)',
    async (where) => {
      const fake = fakeRelease(['7'])
      const end = smokeTestFailure('CrashLoopBackOff', { container: 'serve', exitCode: 3 })
      if (where === 'answer') fake.candidate.answer = () => end
      else fake.candidate.end = end
      fake.candidate.notes = ['The pod of the golden requests had an empty volume data.']
      const { outcome, mlflow } = await deploy(fake, { verify })
      expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'CrashLoopBackOff' })
      expect(outcome.summary).toContain('an empty volume data')
      const tags = mlflow?.allVersions[1]?.tags ?? {}
      expect([versionTags.quarantined in tags, versionTags.suspect in tags]).toEqual([false, true])
    },
  )

  test('reports its last log line', async () => {
    const fake = fakeRelease(['7'])
    const words = { pod: 'pod-8', container: 'serve', exitCode: 3 }
    fake.candidate.end = smokeTestFailure('CrashLoopBackOff', words)
    expect((await deploy(fake, { verify })).outcome.failure?.message).toContain(
      'last log line: "password=***',
    )
  })
})

test('failure tags that MLflow cannot take are written by the next job', async () => {
  const fake = fakeRelease(['7'])
  fake.candidate.end = smokeTestFailure('CrashLoopBackOff')
  const mlflow = registry()
  mlflow.beforeWrite = () => {
    throw new Fault({ system: 'MLflow', call: 'set-tag', status: 503, detail: 'down', hint: 'Wait.' })
  }
  const { outcome, context, inputs } = await deploy(fake, { verify }, mlflow)
  expect(outcome.outputs.outcome).toBe('refused')
  expect((await fake.release.outbox.read())[0]).toMatchObject({ version: '8', model: 'fraud' })
  mlflow.beforeWrite = () => undefined
  await post(
    context.state,
    inputs,
    context,
    async () => fake.release,
    () => mlflow,
  )
  expect(mlflow.allVersions[1]?.tags).toHaveProperty([versionTags.quarantined])
  expect(releaseChanges(fake.calls)).toEqual(['verified 1'])
})

test('a system that does not answer leaves no pod', async () => {
  const fake = fakeRelease(['7'])
  fake.candidate.answer = () => {
    throw new Error('no way to the pod')
  }
  await expect(deploy(fake, { verify })).rejects.toThrow('no way to the pod')
  expect(fake.calls).toContain('delete smoke test pods of run 77-1')
  expect(releaseChanges(fake.calls)).toEqual(['verified 1'])
})

test('a cancelled job marks no version as failed, and reports that nothing was changed', async () => {
  const fake = fakeRelease(['7'])
  const cancel = new AbortController()
  fake.candidate.answer = () => {
    cancel.abort()
    throw new Error('ended')
  }
  const { outcome, mlflow } = await deploy(fake, { verify }, registry(), cancel.signal)
  expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'Cancelled' })
  expect(outcome.failure?.message).toContain('Release digits was not changed')
  expect(mlflow?.allVersions[1]?.tags[versionTags.suspect]).toBeUndefined()
  expect(fake.calls).toContain('delete smoke test pods of run 77-1')
})

test('a pod that cannot be deleted is left to the post step, and the deployment succeeds', async () => {
  const fake = fakeRelease(['7'])
  const release = {
    ...fake.release,
    deleteSmokeTestPods: async () => {
      throw new Error('away')
    },
  }
  const { outcome, context, inputs } = await deploy({ ...fake, release }, { verify })
  expect(outcome.outputs.outcome).toBe('deployed')
  expect(context.messages.join('\n')).toContain('is not deleted yet: away')
  expect(context.state['smoke-test']).toBe('77-1')
  await post(context.state, inputs, context, async () => fake.release)
  expect(fake.calls.at(-2)).toBe('delete smoke test pods of run 77-1')
})
