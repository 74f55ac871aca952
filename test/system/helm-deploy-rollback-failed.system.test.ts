import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Namespace, openNamespace } from './support/cluster/namespace.ts'

const openNamespaces: Namespace[] = []
afterAll(() => Promise.all(openNamespaces.map((cluster) => cluster.close())))

const BAD = JSON.stringify({ serve: 'echo "no such column: age"; exit 3' })

/** Lets Helm write one more revision Secret and then none. */
async function limitToOneMoreRevision({ kubectl, apply }: Namespace): Promise<void> {
  const secrets = await kubectl('get', 'secrets', '--output', 'name')
  const hard = { 'count/secrets': String(secrets.trim().split('\n').length + 1) }
  await apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'full' }, spec: { hard } })
  const used = 'jsonpath={.status.used}'
  while ((await kubectl('get', 'resourcequota', 'full', '--output', used)) === '') await sleep(200)
}

test.concurrent.each(['helm3', 'helm4'] as const)(
  'a failed rollback is reported as such, and the next run rolls back first, with %s',
  async (helm) => {
    const cluster = await openNamespace()
    openNamespaces.push(cluster)
    const { kubectl, deploy, readVariable: variable } = cluster
    const release = `stranded-${helm}`
    await deploy(helm, { release, 'model-version': '1' })
    await limitToOneMoreRevision(cluster)

    const bad = await deploy(helm, { release, 'model-version': '2', values: BAD })
    expect(bad.outputs).toMatchObject({ outcome: 'rollback-failed', 'failure-reason': 'CrashLoopBackOff' })
    expect(bad.failure?.message).toContain(`ROLLBACK FAILED for release ${release}: `)
    expect(bad.failure?.message).toContain('exceeded quota')
    // The message also names the cause, and the evidence was saved before.
    expect(bad.failure?.message).toContain('no such column: age')
    expect(bad.outputs?.evidence).not.toBe('')
    const marks = await kubectl('get', 'configmap', `retrain-actions.${release}`, '--output', 'json')
    expect(Object.keys(JSON.parse(marks).data)).toEqual(['revision.1', 'schema'])

    await kubectl('delete', 'resourcequota', 'full')
    const next = await deploy(helm, { release, 'model-version': '3' })
    expect(next.outputs).toMatchObject({ outcome: 'deployed', 'previous-model-version': '1' })
    expect(next.summary).toContain('rolled back to revision 1')
    expect(await variable(release, 'MODEL_VERSION')).toBe('3')
  },
)

test.concurrent.each(['helm3', 'helm4'] as const)(
  'a first install whose pre-delete hook takes longer than `timeout` is removed by a run that gives it more, with %s',
  async (helm) => {
    const cluster = await openNamespace()
    openNamespaces.push(cluster)
    const release = `clinging-${helm}`
    const values = JSON.stringify({ init: 'exit 3', hook: 'sleep 30', hookOn: 'pre-delete' })
    const bad = await cluster.deploy(helm, { release, 'model-version': '1', values, timeout: '20s' })
    expect(bad.outputs.outcome).toBe('rollback-failed')

    const next = await cluster.deploy(helm, { release, 'model-version': '2', timeout: '90s' })
    expect(next.outputs).toMatchObject({ outcome: 'deployed', 'live-revision': '1' })
    expect(next.summary).toContain('was uninstalled')
  },
)
