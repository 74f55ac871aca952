import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Namespace, openNamespace } from './helm-releases.ts'

const open: Namespace[] = []
afterAll(() => Promise.all(open.map((space) => space.close())))

const BAD = JSON.stringify({ serve: 'echo "no such column: age"; exit 3' })

/** Lets Helm, which keeps each revision in a Secret of its own, write one more and then none. */
async function roomForOneRevision({ kubectl, apply }: Namespace): Promise<void> {
  const secrets = await kubectl('get', 'secrets', '--output', 'name')
  const hard = { 'count/secrets': String(secrets.trim().split('\n').length + 1) }
  await apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'full' }, spec: { hard } })
  const used = 'jsonpath={.status.used}'
  while ((await kubectl('get', 'resourcequota', 'full', '--output', used)) === '') await sleep(200)
}

test.concurrent.each(['helm3', 'helm4'] as const)(
  'a rollback that fails is told louder than one that worked, and the next run goes back first, with %s',
  async (helm) => {
    const space = await openNamespace()
    open.push(space)
    const { kubectl, deploy, variable } = space
    const release = `stranded-${helm}`
    await deploy(helm, { release, 'model-version': '1' })
    await roomForOneRevision(space)

    const bad = await deploy(helm, { release, 'model-version': '2', values: BAD })
    expect(bad.outputs).toMatchObject({ outcome: 'rollback-failed', 'failure-reason': 'CrashLoopBackOff' })
    expect(bad.failure?.message).toContain(
      `ROLLBACK FAILED, release ${release} needs a person unless the post step`,
    )
    expect(bad.failure?.message).toContain('exceeded quota')
    // What caused it all is told, too, and was saved before.
    expect(bad.failure?.message).toContain('no such column: age')
    expect(bad.outputs?.evidence).not.toBe('')
    const marks = await kubectl('get', 'configmap', `retrain-actions.${release}`, '--output', 'json')
    expect(Object.keys(JSON.parse(marks).data)).toEqual(['lease', 'v1'])

    await kubectl('delete', 'resourcequota', 'full')
    const next = await deploy(helm, { release, 'model-version': '3' })
    expect(next.outputs).toMatchObject({ outcome: 'deployed', 'previous-model-version': '1' })
    expect(next.summary).toContain('went back to revision 1')
    expect(await variable(release, 'MODEL_VERSION')).toBe('3')
  },
)

test.concurrent.each(['helm3', 'helm4'] as const)(
  'a first install whose pre-delete hook takes longer than `timeout` is removed by a run that gives it more, with %s',
  async (helm) => {
    const space = await openNamespace()
    open.push(space)
    const release = `clinging-${helm}`
    const values = JSON.stringify({ init: 'exit 3', hook: 'sleep 30', hookOn: 'pre-delete' })
    const bad = await space.deploy(helm, { release, 'model-version': '1', values, timeout: '20s' })
    expect(bad.outputs.outcome).toBe('rollback-failed')

    const next = await space.deploy(helm, { release, 'model-version': '2', timeout: '90s' })
    expect(next.outputs).toMatchObject({ outcome: 'deployed', 'live-revision': '1' })
    expect(next.summary).toContain('was uninstalled')
  },
)
