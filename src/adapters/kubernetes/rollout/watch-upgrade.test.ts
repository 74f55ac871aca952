import { describe, expect, test } from 'vitest'
import type { Helm } from '../../helm/helm.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { findExistingHookPods, parseHooks } from './hooks.ts'
import { createUpgradeObserver, type UpgradeBaseline } from './watch-upgrade.ts'

const HOOKS = `---
# Source: digits/templates/migrate.yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: { helm.sh/hook: "pre-install,pre-upgrade" }
---
apiVersion: v1
kind: Pod
metadata:
  name: smoke
  namespace: other
  annotations: { helm.sh/hook: post-upgrade }
---
kind: Job
metadata:
  name: undo
  annotations: { helm.sh/hook: "pre-rollback,post-rollback" }
---
kind: Pod
metadata:
  name: only-by-hand
  annotations: { helm.sh/hook: test }
---
kind: ConfigMap
metadata:
  name: no-pods
  annotations: { helm.sh/hook: pre-upgrade }
`

test('hooks are the Jobs and Pods for which helm waits', () => {
  expect(parseHooks(HOOKS)).toEqual([
    { kind: 'job', name: 'migrate', namespace: undefined },
    { kind: 'pod', name: 'smoke', namespace: 'other' },
  ])
  expect(parseHooks('')).toEqual([])
})

describe('an observation of a running upgrade', () => {
  const replicaSet = {
    kind: 'ReplicaSet',
    metadata: { name: 'digits-new', uid: 'new', ownerReferences: [{ uid: 'dep' }] },
  }
  const deployment = {
    kind: 'Deployment',
    metadata: { name: 'digits', namespace: 'ml', uid: 'dep', generation: 2 },
    spec: { replicas: 1, selector: { matchLabels: { app: 'digits' } } },
    status: { observedGeneration: 2 },
  }
  const hookPod = (name: string, created: string, more = {}) => ({
    kind: 'Pod',
    metadata: { name, uid: `uid-of-${name}`, creationTimestamp: created, ...more },
    spec: { containers: [{ name: 'hook' }] },
    status: {
      phase: 'Failed',
      containerStatuses: [{ name: 'hook', state: { terminated: { exitCode: 4 } } }],
    },
  })

  /** Helm has written these revisions; `calls` collects its calls. */
  function cluster(revisions: number[], calls: string[] = []): ClusterConnection {
    const helm: Partial<Helm> = {
      history: async () =>
        revisions.map((revision) => ({ revision, updated: '', status: '', isRollback: false })),
      manifest: async (_release, revision) => {
        calls.push(`manifest ${revision}`)
        return 'kind: Deployment\nmetadata: { name: digits }'
      },
      hooks: async () => HOOKS,
    }
    const get = async (args: readonly string[]) => {
      if (args[0] === 'deployments.apps') return deployment
      if (args.includes('job-name=migrate'))
        return {
          items: [
            hookPod('migrate-1', '2026-01-01T00:00:01Z'),
            hookPod('migrate-2', '2026-01-01T00:00:02Z'),
            hookPod('migrate-0', '2026-01-01T00:00:03Z', { deletionTimestamp: '2026-01-01T00:00:04Z' }),
          ],
        }
      if (args.includes('metadata.name=smoke')) return { items: [] }
      return { items: [replicaSet] }
    }
    const kubectl = { run: async () => '', create: async () => undefined, get }
    return { helm, kubectl, release: 'digits', namespace: 'ml' } as unknown as ClusterConnection
  }
  const NEW: UpgradeBaseline = { revision: 0, template: '', existingHookPods: new Set() }
  const observeUpgrade = (connection: ClusterConnection, before: UpgradeBaseline) =>
    createUpgradeObserver(connection, before, {
      versionFrom: { from: 'env', name: 'MODEL_VERSION' },
      workload: undefined,
      disclosure: 'full',
      ignoredContainers: [],
    })

  test('is empty before helm has written its revision', async () => {
    const calls: string[] = []
    const status = await observeUpgrade(cluster([1], calls), {
      ...NEW,
      revision: 1,
      template: 'digits-old',
    })()
    expect(status).toEqual({ hooks: [], workload: undefined })
    expect(calls).toEqual([])
  })

  test('has the pods of the hooks, newest first, and the workload with its new template', async () => {
    const calls: string[] = []
    const observe = observeUpgrade(cluster([1, 2], calls), { ...NEW, revision: 1, template: 'digits-old' })
    const { hooks, workload } = await observe()
    expect(workload).toMatchObject({ workload: 'deployment/digits', template: 'digits-new' })
    expect(hooks.map((hook) => [hook.workload, hook.namespace, hook.pods.map(({ name }) => name)])).toEqual([
      ['job/migrate', 'default', ['migrate-2', 'migrate-1']],
      ['pod/smoke', 'other', []],
    ])
    await observe()
    expect(calls).toEqual(['manifest 2'])
  })

  test('skips hook pods that existed before helm, and later pods of their Jobs', async () => {
    const { helm, kubectl, ...rest } = cluster([1, 2])
    const job = (uid: string) => ({ ownerReferences: [{ uid }] })
    const listed = [hookPod('migrate-a', '2026-01-01T00:00:01Z', job('old-job'))]
    const get: typeof kubectl.get = async (args) =>
      args.includes('job-name=migrate') ? { items: [...listed] } : kubectl.get(args)
    const existing = await findExistingHookPods({ ...kubectl, get }, parseHooks(HOOKS))
    expect([...(existing ?? [])]).toEqual(['uid-of-migrate-a', 'old-job'])
    listed.push(
      hookPod('migrate-b', '2026-01-01T00:00:02Z', job('old-job')),
      hookPod('migrate-c', '2026-01-01T00:00:03Z', job('new-job')),
    )
    const connection = { ...rest, helm, kubectl: { ...kubectl, get } }
    const { hooks } = await observeUpgrade(connection, { ...NEW, revision: 1, existingHookPods: existing })()
    expect(hooks.map(({ pods }) => pods.map(({ name }) => name))).toEqual([['migrate-c'], []])
    expect(
      (await observeUpgrade(connection, { ...NEW, revision: 1, existingHookPods: undefined })()).hooks,
    ).toEqual([])
  })

  test('existing hook pods are unknown where they cannot be read', async () => {
    const get = () => Promise.reject(new Error('EOF'))
    const { kubectl } = cluster([])
    expect(await findExistingHookPods({ ...kubectl, get }, parseHooks(HOOKS))).toBeUndefined()
    expect(await findExistingHookPods({ ...kubectl, get }, [])).toEqual(new Set())
  })

  test.each([
    ['the template is the one before', 'digits-new'],
    ['that one is not known', undefined],
  ])('omits the workload where %s', async (_title, template) => {
    expect(
      (await observeUpgrade(cluster([1, 2]), { ...NEW, revision: 1, template })()).workload,
    ).toBeUndefined()
  })

  test('in a first install every template is new', async () => {
    expect((await observeUpgrade(cluster([1]), NEW)()).workload).toBeDefined()
  })
})
