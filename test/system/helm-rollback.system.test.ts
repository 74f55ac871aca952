import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
})
afterAll(() => cluster.close())

const CRASHES = { serve: 'exit 3' }

describe.concurrent.each(['helm3', 'helm4'] as const)('with %s', (helm) => {
  test('after 1 ok, 2 ok, 3 failed, rollback to 2: an alert on 2 rolls back to 1, and its repetition changes nothing', async () => {
    const release = `failed-${helm}`
    await cluster.deployVersion(helm, release, '1')
    const only = await cluster.rollBackVersion(helm, release, '1')
    expect(only.outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '1',
      'retrain-advised': 'true',
    })
    await cluster.deployVersion(helm, release, '2')
    expect((await cluster.deployVersion(helm, release, '3', CRASHES)).outputs.outcome).toBe('rolled-back')
    const other = await cluster.rollBackVersion(helm, release, '3')
    expect(other.outputs).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('serves version 2, not 3'),
    })
    expect(await cluster.listRevisions(helm, release)).toHaveLength(4)

    const { outputs, failure, summary } = await cluster.rollBackVersion(helm, release, '2')
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1', 'live-revision': '5' })
    expect((await cluster.listRevisions(helm, release)).at(-1)).toBe('Rollback to 1')
    expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('1')
    const evidence = JSON.parse(readFileSync(join(outputs.evidence ?? '', 'evidence.json'), 'utf8'))
    expect(evidence).toMatchObject({ revision: 4, version: '2', gaps: [] })
    expect(evidence.observation.pods).toHaveLength(1)
    expect(evidence.logs.map(({ text }: { text: string }) => text).join()).toContain('serving')
    expect(summary).toContain('State before the rollback')

    const again = await cluster.rollBackVersion(helm, release, '2')
    expect(again.outputs).toMatchObject({
      outcome: 'unchanged',
      'live-model-version': '1',
      'live-revision': '5',
    })
    // If 1 is bad as well, no target remains: 2 was rolled back, and 3 never became ready.
    const nothing = await cluster.rollBackVersion(helm, release, '1')
    expect(nothing.outputs).toMatchObject({
      outcome: 'refused',
      'live-revision': '5',
      'retrain-advised': 'true',
    })
  })

  test('after 1 ok, 2 ok, 2 with other values: an alert on 2 rolls back to 1', async () => {
    const release = `values-${helm}`
    await cluster.deployVersion(helm, release, '1')
    await cluster.deployVersion(helm, release, '2')
    await cluster.deployVersion(helm, release, '2', { env: { MORE: 'threads' } })
    const { outputs } = await cluster.rollBackVersion(helm, release, 'live')
    expect(outputs).toMatchObject({
      outcome: 'rolled-back',
      'bad-model-version': '2',
      'live-model-version': '1',
      'live-revision': '4',
    })
    expect((await cluster.listRevisions(helm, release)).at(-1)).toBe('Rollback to 1')
  })
})

test.concurrent('a bad version whose pods are down is rolled back, with the cause in the evidence', async () => {
  const release = 'down'
  await cluster.deployVersion('helm4', release, '1')
  await cluster.deployVersion('helm4', release, '2', {
    serve: 'touch /tmp/ready; while sleep 0.2; do test -f /tmp/ready || exit 7; done',
  })
  const pod = (
    await cluster.kubectl('get', 'pods', '--selector', `app=${release}`, '--output', 'name')
  ).trim()
  await cluster.kubectl('exec', pod, '--container', 'serve', '--', 'rm', '/tmp/ready')
  // Repeats until the kubelet has seen the exit, because a restarted container creates the file again.
  await cluster.kubectl(
    'wait',
    pod,
    '--for=jsonpath={.status.containerStatuses[0].restartCount}=1',
    '--timeout=30s',
  )
  const { outputs } = await cluster.rollBackVersion('helm4', release, '2')
  expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  const evidence = JSON.parse(readFileSync(join(outputs.evidence ?? '', 'evidence.json'), 'utf8'))
  expect(JSON.stringify(evidence.observation.pods[0].containers)).toContain('"exitCode":7')
})

describe.concurrent('with a registry', () => {
  test('an alert from before the promotion, or on an old champion, changes nothing', async () => {
    const [model, release] = [`rollback-${randomUUID()}`, 'left-alone']
    const uri = { 'tracking-uri': cluster.trainer.uri, 'model-name': model }
    for (const _ of ['first', 'second']) {
      const { number } = await cluster.registerVersion(model)
      await cluster.deployVersion('helm4', release, number, {}, model)
      await cluster.promoteVersion('helm4', release, number, model)
    }
    const tags: Tags = (await cluster.mlflow.getVersion(model, '2'))?.tags ?? {}
    const promotedAt = Date.parse(tags[versionTags.promotedAt] ?? '')
    const hours = (count: number) => new Date(promotedAt + count * 3_600_000).toISOString()

    const early = await cluster.rollBackVersion('helm4', release, '2', { ...uri, 'fired-at': hours(-0.01) })
    expect(early.outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '2',
      'retrain-advised': 'false',
    })
    expect(early.outputs.reason).toContain('before version 2 was promoted')
    const late = await cluster.rollBackVersion('helm4', release, '2', { ...uri, 'fired-at': hours(73) })
    expect(late.outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '2',
      'retrain-advised': 'true',
    })
    expect(late.failure).toBeUndefined()
    expect(await cluster.listRevisions('helm4', release)).toHaveLength(2)
    expect(await cluster.readAliases(model)).toEqual({ champion: '2', previous: '1' })
  })

  test('a target without its run, then one in quarantine, is skipped', async () => {
    const [model, release] = [`rollback-${randomUUID()}`, 'passed-over']
    const uri = { 'tracking-uri': cluster.trainer.uri, 'model-name': model }
    const runs: string[] = []
    for (const _ of ['first', 'second', 'third']) {
      const { number, runId } = await cluster.registerVersion(model)
      runs.push(runId)
      await cluster.deployVersion('helm4', release, number, {}, model)
      await cluster.promoteVersion('helm4', release, number, model)
    }
    await cluster.trainer.call('POST', 'runs/delete', { run_id: runs[0] })
    await cluster.mlflow.setVersionTags(model, '2', { [versionTags.quarantined]: 'OOMKilled' })
    const none = await cluster.rollBackVersion('helm4', release, '3', uri)
    expect(none.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '3' })
    expect(none.outputs.reason).toMatch(/version 2 is in quarantine: OOMKilled; .*version 1 has lost its run/)
    await cluster.trainer.call('POST', 'runs/restore', { run_id: runs[0] })
    const { outputs } = await cluster.rollBackVersion('helm4', release, '3', uri)
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  })
})
