import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { openSpace, type Space } from './rollback-space.ts'

let space: Space
beforeAll(async () => {
  space = await openSpace()
})
afterAll(() => space.close())

const CRASHES = { serve: 'exit 3' }

describe.concurrent.each(['helm3', 'helm4'] as const)('with %s', (helm) => {
  test('1 ok, 2 ok, 3 failed, back to 2; an alert on 2 lands on 1, and the same alert again on nothing', async () => {
    const release = `failed-${helm}`
    await space.deployed(helm, release, '1')
    const only = await space.rolledBack(helm, release, '1')
    expect(only.outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '1',
      'retrain-advised': 'true',
    })
    await space.deployed(helm, release, '2')
    expect((await space.deployed(helm, release, '3', CRASHES)).outputs.outcome).toBe('rolled-back')
    const other = await space.rolledBack(helm, release, '3')
    expect(other.outputs).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('serves version 2, not 3'),
    })
    expect(await space.revisions(helm, release)).toHaveLength(4)

    const { outputs, failure, summary } = await space.rolledBack(helm, release, '2')
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1', 'live-revision': '5' })
    expect((await space.revisions(helm, release)).at(-1)).toBe('Rollback to 1')
    expect(await space.variable(release, 'MODEL_VERSION')).toBe('1')
    const evidence = JSON.parse(readFileSync(join(outputs.evidence ?? '', 'evidence.json'), 'utf8'))
    expect(evidence).toMatchObject({ revision: 4, version: '2', gaps: [] })
    expect(evidence.observation.pods).toHaveLength(1)
    expect(evidence.logs.map(({ text }: { text: string }) => text).join()).toContain('serving')
    expect(summary).toContain('What was seen before')

    const again = await space.rolledBack(helm, release, '2')
    expect(again.outputs).toMatchObject({
      outcome: 'unchanged',
      'live-model-version': '1',
      'live-revision': '5',
    })
    // Where 1 is bad as well there is nothing left: 2 was taken back, and 3 never came up.
    const nothing = await space.rolledBack(helm, release, '1')
    expect(nothing.outputs).toMatchObject({
      outcome: 'refused',
      'live-revision': '5',
      'retrain-advised': 'true',
    })
  })

  test('1 ok, 2 ok, 2 again with other values; an alert on 2 lands on 1', async () => {
    const release = `values-${helm}`
    await space.deployed(helm, release, '1')
    await space.deployed(helm, release, '2')
    await space.deployed(helm, release, '2', { env: { MORE: 'threads' } })
    const { outputs } = await space.rolledBack(helm, release, 'live')
    expect(outputs).toMatchObject({
      outcome: 'rolled-back',
      'bad-model-version': '2',
      'live-model-version': '1',
      'live-revision': '4',
    })
    expect((await space.revisions(helm, release)).at(-1)).toBe('Rollback to 1')
  })
})

test.concurrent('pods of the bad version are down: it is taken back all the same, with the reason as evidence', async () => {
  const release = 'down'
  await space.deployed('helm4', release, '1')
  await space.deployed('helm4', release, '2', {
    serve: 'touch /tmp/ready; while sleep 0.2; do test -f /tmp/ready || exit 7; done',
  })
  const pod = (await space.kubectl('get', 'pods', '--selector', `app=${release}`, '--output', 'name')).trim()
  await space.kubectl('exec', pod, '--container', 'serve', '--', 'rm', '/tmp/ready')
  // Until the kubelet has seen the end of it; a container that is started again makes its file anew.
  await space.kubectl(
    'wait',
    pod,
    '--for=jsonpath={.status.containerStatuses[0].restartCount}=1',
    '--timeout=30s',
  )
  const { outputs } = await space.rolledBack('helm4', release, '2')
  expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  const evidence = JSON.parse(readFileSync(join(outputs.evidence ?? '', 'evidence.json'), 'utf8'))
  expect(JSON.stringify(evidence.observation.pods[0].containers)).toContain('"exitCode":7')
})

describe.concurrent('with a registry', () => {
  test('an alert that fired before the promotion, and an old champion, are left alone', async () => {
    const [model, release] = [`rollback-${randomUUID()}`, 'left-alone']
    const uri = { 'tracking-uri': space.trainer.uri, 'model-name': model }
    for (const _ of ['first', 'second']) {
      const { number } = await space.registered(model)
      await space.deployed('helm4', release, number, {}, model)
      await space.promoted('helm4', release, number, model)
    }
    const tags: Tags = (await space.mlflow.version(model, '2'))?.tags ?? {}
    const promotedAt = Date.parse(tags[ledger.promotedAt] ?? '')
    const hours = (count: number) => new Date(promotedAt + count * 3_600_000).toISOString()

    const early = await space.rolledBack('helm4', release, '2', { ...uri, 'fired-at': hours(-0.01) })
    expect(early.outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '2',
      'retrain-advised': 'false',
    })
    expect(early.outputs.reason).toContain('before version 2 was promoted')
    const late = await space.rolledBack('helm4', release, '2', { ...uri, 'fired-at': hours(73) })
    expect(late.outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '2',
      'retrain-advised': 'true',
    })
    expect(late.failure).toBeUndefined()
    expect(await space.revisions('helm4', release)).toHaveLength(2)
    expect(await space.aliases(model)).toEqual({ champion: '2', previous: '1' })
  })

  test('what it would go back to has lost its run, then is in quarantine: it is passed over', async () => {
    const [model, release] = [`rollback-${randomUUID()}`, 'passed-over']
    const uri = { 'tracking-uri': space.trainer.uri, 'model-name': model }
    const runs: string[] = []
    for (const _ of ['first', 'second', 'third']) {
      const { number, runId } = await space.registered(model)
      runs.push(runId)
      await space.deployed('helm4', release, number, {}, model)
      await space.promoted('helm4', release, number, model)
    }
    await space.trainer.call('POST', 'runs/delete', { run_id: runs[0] })
    await space.mlflow.setVersionTags(model, '2', { [ledger.quarantined]: 'OOMKilled' })
    const none = await space.rolledBack('helm4', release, '3', uri)
    expect(none.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '3' })
    expect(none.outputs.reason).toMatch(/version 2 is in quarantine: OOMKilled; .*version 1 has lost its run/)
    await space.trainer.call('POST', 'runs/restore', { run_id: runs[0] })
    const { outputs } = await space.rolledBack('helm4', release, '3', uri)
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  })
})
