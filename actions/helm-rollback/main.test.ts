import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Fault } from '../../src/domain/core/errors.ts'
import { fakeRegistry, runHelmRollback, verifiedReleaseWith } from '../../test/fakes/helm-rollback.ts'
import { expiredLease, setLease, writtenOperation } from '../../test/fakes/leases.ts'

test('saves evidence, rolls back by revision number, watches, and only then records the revision as verified', async () => {
  const fake = verifiedReleaseWith(['7', '8', '8'])
  const mlflow = fakeRegistry({ 7: {}, 8: {} })
  const { outputs, failure, context, summary } = await runHelmRollback(fake, {}, { mlflow })
  expect(failure).toBeUndefined()
  expect(fake.calls).toEqual(['watch 8', 'evidence', 'rollback 1', 'watch 7', 'verified 4', 'close'])
  expect(outputs).toMatchObject({
    outcome: 'rolled-back',
    'bad-model-version': '8',
    'live-model-version': '7',
    'live-revision': '4',
    reason: 'release digits was rolled back from version 8 to version 7 (revision 1) and serves it',
    'retrain-advised': 'false',
  })
  const json = JSON.parse(readFileSync(join(outputs.evidence ?? '', 'evidence.json'), 'utf8'))
  expect(json).toMatchObject({ version: '8', revision: 3, model: 'fraud' })
  expect(json).not.toHaveProperty('diagnosis')
  expect(summary).toContain('**Release digits was rolled back from version 8 to version 7')
  expect(summary).toContain('State before the rollback')
  expect(summary).not.toContain('hunter2')
  expect(fake.verifiedRevisions.get(4)).toMatchObject({ version: '7', run: context.run.url })
  expect(context.state.rollback).toBe('')
  expect(mlflow.writes).toEqual([])
})

test('the live revision is recorded as verified before it is rolled back', async () => {
  const fake = verifiedReleaseWith(['7', '8'])
  fake.verifiedRevisions.delete(2)
  const { outputs } = await runHelmRollback(fake, {}, { mlflow: fakeRegistry({ 7: {}, 8: {} }) })
  expect(outputs.outcome).toBe('rolled-back')
  expect(fake.calls).toEqual([
    'watch 8',
    'evidence',
    'verified 2',
    'rollback 1',
    'watch 7',
    'verified 3',
    'close',
  ])
})

test('a target that fails as well fails the step and is not recorded as verified', async () => {
  const fake = verifiedReleaseWith(['7', '8'])
  const { rollback } = fake.release
  fake.release.rollback = async (revision) => {
    await rollback(revision)
    const last = fake.revisions.at(-1)
    if (last) last.version = '9'
  }
  const { watch } = fake.release
  fake.release.watch = async (version, deadline) => {
    const end = await watch(version, deadline)
    if (version === '8') return end
    return {
      kind: 'failed',
      observation: end.observation,
      diagnosis: { reason: 'OOMKilled', message: 'too big' },
    }
  }
  const { outputs, failure, context } = await runHelmRollback(
    fake,
    {},
    { mlflow: fakeRegistry({ 7: {}, 8: {} }) },
  )
  expect(outputs.outcome).toBe('rollback-failed')
  expect(failure?.message).toMatch(
    /^ROLLBACK FAILED, manual intervention required for release digits: .*OOMKilled: too big\. .*helm rollback digits REVISION/,
  )
  expect(existsSync(join(outputs.evidence ?? '', 'evidence.json'))).toBe(true)
  expect(fake.verifiedRevisions.has(3)).toBe(false)
  expect(context.state.rollback).toBe('')
})

test('an error of Helm fails the step and is quoted', async () => {
  const fake = verifiedReleaseWith(['7', '8'])
  fake.release.rollback = async () => {
    throw new Error('no space left')
  }
  const { outputs, failure } = await runHelmRollback(fake, {}, { mlflow: fakeRegistry({ 7: {}, 8: {} }) })
  expect(outputs).toMatchObject({ outcome: 'rollback-failed', 'live-model-version': '8' })
  expect(failure?.message).toContain('HelmFailed: no space left')
})

test('without a tracking server only verified revisions decide, and the summary says so', async () => {
  const fake = verifiedReleaseWith(['7', '8'])
  const { outputs, summary } = await runHelmRollback(fake)
  expect(outputs.outcome).toBe('rolled-back')
  expect(summary).toContain('Without a tracking server')
})

test('a recovery that a system interrupts is rollback-failed, not refused: the release was changed', async () => {
  const fake = verifiedReleaseWith(['7', '8'])
  fake.verifiedRevisions.delete(2)
  setLease(fake, expiredLease({ operation: writtenOperation }))
  fake.release.watch = async () => {
    throw new Fault({ system: 'Kubernetes', call: 'kubectl get', detail: 'refused', hint: 'Look.' })
  }
  const { outputs } = await runHelmRollback(fake)
  expect(outputs.outcome).toBe('rollback-failed')
  expect(outputs.reason).toMatch(/recovery of an interrupted operation failed/)
})
