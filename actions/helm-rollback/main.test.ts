import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Fault } from '../../src/domain/failure.ts'
import { registry, rollBack, served } from '../../test/fakes/helm-rollback.ts'

test('evidence, Helm by the number of the revision, the watch, and only then the mark', async () => {
  const fake = served(['7', '8', '8'])
  const mlflow = registry({ 7: {}, 8: {} })
  const { outputs, failure, context, summary } = await rollBack(fake, {}, { mlflow })
  expect(failure).toBeUndefined()
  expect(fake.calls).toEqual(['watch 8', 'evidence', 'rollback 1', 'watch 7', 'mark 4', 'close'])
  expect(outputs).toMatchObject({
    outcome: 'rolled-back',
    'bad-model-version': '8',
    'live-model-version': '7',
    'live-revision': '4',
    reason: 'release digits went from version 8 back to version 7 (revision 1), which serves',
    'retrain-advised': 'false',
  })
  const json = JSON.parse(readFileSync(join(outputs.evidence ?? '', 'evidence.json'), 'utf8'))
  expect(json).toMatchObject({ version: '8', revision: 3, model: 'fraud' })
  expect(json).not.toHaveProperty('diagnosis')
  expect(summary).toContain('What was seen before')
  expect(summary).not.toContain('hunter2')
  expect(fake.marks.get(4)).toMatchObject({ version: '7', run: context.run.url })
  expect(context.state.rollback).toBe('')
  expect(mlflow.writes).toEqual([])
})

test('a release that nobody marked yet gets its mark before it is left', async () => {
  const fake = served(['7', '8'])
  fake.marks.delete(2)
  const { outputs } = await rollBack(fake, {}, { mlflow: registry({ 7: {}, 8: {} }) })
  expect(outputs.outcome).toBe('rolled-back')
  expect(fake.calls).toEqual(['watch 8', 'evidence', 'mark 2', 'rollback 1', 'watch 7', 'mark 3', 'close'])
})

test('what it goes back to does not come up: red and loud, and not marked', async () => {
  const fake = served(['7', '8'])
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
      diagnosis: { reason: 'OOMKilled', said: 'too big' },
    }
  }
  const { outputs, failure, context } = await rollBack(fake, {}, { mlflow: registry({ 7: {}, 8: {} }) })
  expect(outputs.outcome).toBe('rollback-failed')
  expect(failure?.message).toMatch(
    /^ROLLBACK FAILED, release digits needs a person now: .*OOMKilled: too big\. .*helm rollback digits REVISION/,
  )
  expect(existsSync(join(outputs.evidence ?? '', 'evidence.json'))).toBe(true)
  expect(fake.marks.has(3)).toBe(false)
  expect(context.state.rollback).toBe('')
})

test('Helm itself fails: red, with its words', async () => {
  const fake = served(['7', '8'])
  fake.release.rollback = async () => {
    throw new Error('no space left')
  }
  const { outputs, failure } = await rollBack(fake, {}, { mlflow: registry({ 7: {}, 8: {} }) })
  expect(outputs).toMatchObject({ outcome: 'rollback-failed', 'live-model-version': '8' })
  expect(failure?.message).toContain('HelmFailed: no space left')
})

test('without a tracking server it goes by the marks alone, and says so', async () => {
  const fake = served(['7', '8'])
  const { outputs, summary } = await rollBack(fake)
  expect(outputs.outcome).toBe('rolled-back')
  expect(summary).toContain('No tracking server was given')
})

test('what a dead job left is half put right when a system fails: that is not refused, since something was touched', async () => {
  const fake = served(['7', '8'])
  fake.marks.delete(2)
  const underway = { release: 'digits', namespace: 'ml', before: 1, first: false, version: '8', own: 2 }
  const job = { repository: 'shop/digits', run: '77', attempt: '0', runner: 'r1' }
  const lease = { id: 'dead', action: 'helm-deploy', ...job, url: '', since: '', until: '', underway }
  await fake.release.lease.swap(undefined, lease)
  fake.release.watch = async () => {
    throw new Fault({ system: 'Kubernetes', call: 'kubectl get', said: 'refused', next: 'Look.' })
  }
  const { outputs } = await rollBack(fake)
  expect(outputs.outcome).toBe('rollback-failed')
  expect(outputs.reason).toMatch(/putting right what another had begun failed/)
})
