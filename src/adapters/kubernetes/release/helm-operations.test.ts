import { expect, test } from 'vitest'
import { Fault } from '../../../domain/core/errors.ts'
import { RollbackBlockedError } from '../../../domain/release/rollback-target.ts'
import type { ClusterConnection } from '../client/connection.ts'
import type { ReleaseOptions } from '../rollout/rollout-watcher.ts'
import { createDryRun } from './dry-run.ts'
import { createHelmOperations } from './helm-operations.ts'

const adapter = '{"apiVersion":"x.io/v1beta1","kind":"Adapter","metadata":{"name":"a"}}'
const UNKNOWN =
  'resource mapping not found for name: "a" namespace: "" from "": no matches for kind "Adapter" in version "x.io/v1beta1"'
const IMMUTABLE = 'Job.batch "a" is invalid: spec.template: Invalid value: {}: field is immutable'

/**
 * A release whose revisions have these statuses.
 * @param pending the objects of pending ones; by default one that the cluster lacks
 */
function createOperations(
  statuses: readonly string[],
  {
    driver,
    rollback,
    pending = adapter,
  }: { driver?: string; rollback?: (add: (status: string) => void) => string; pending?: string } = {},
) {
  const revisions = statuses.map((status, index) => ({ revision: index + 1, status }))
  const deleted: string[] = []
  const fail = (system: string, detail: string) => new Fault({ system, call: '', detail, hint: '' })
  const cluster = {
    release: 'digits',
    namespace: 'ml',
    helm: {
      major: '4',
      forcesConflicts: false,
      usesServerSideApply: async () => true,
      history: async () => [...revisions],
      manifest: async (_release: string, revision: number) =>
        revisions.find((each) => each.revision === revision)?.status === 'pending-rollback' ? pending : '',
      rollback: async () => {
        if (rollback)
          throw fail(
            'Helm',
            rollback((status) => revisions.push({ revision: revisions.length + 1, status })),
          )
      },
    },
    kubectl: {
      async run(args: readonly string[], stdin = '') {
        if (args[0] === 'delete') {
          deleted.push(args.slice(1).join(' '))
          revisions.pop()
        } else if (stdin === adapter) throw fail('Kubernetes', UNKNOWN)
        return ''
      },
    },
  } as unknown as ClusterConnection
  const options = { versionFrom: { from: 'env', name: 'V' }, driver, log: () => undefined }
  const operations = createHelmOperations(
    cluster,
    createDryRun(cluster),
    options as unknown as ReleaseOptions,
  )
  return { operations, deleted, revisions }
}

test.each<[statuses: string[], driver: string | undefined, deleted: string[]]>([
  [
    ['superseded', 'deployed', 'pending-rollback', 'pending-rollback'],
    undefined,
    ['secrets sh.helm.release.v1.digits.v4', 'secrets sh.helm.release.v1.digits.v3'],
  ],
  [['deployed', 'pending-rollback'], 'configmap', ['configmaps sh.helm.release.v1.digits.v2']],
  [['deployed', 'pending-rollback'], 'sql', []],
  [['deployed', 'pending-upgrade'], undefined, []],
  [['superseded', 'failed'], undefined, []],
  [[], undefined, []],
])(
  'of %j with driver %s, the rollbacks that Helm could not build are deleted',
  async (statuses, driver, names) => {
    const { operations, deleted } = createOperations(statuses, driver === undefined ? {} : { driver })
    const revisions = await operations.deleteStuckRollbacks()
    expect(deleted).toEqual(names)
    expect(revisions.map((revision) => `v${revision}`)).toEqual(names.map((name) => name.replace(/.*\./, '')))
  },
)

test('a pending rollback whose objects the cluster has is kept: Helm may have applied them', async () => {
  const pending = adapter.replace('x.io/v1beta1', 'x.io/v1')
  const { operations, deleted } = createOperations(['deployed', 'pending-rollback'], { pending })
  expect(await operations.deleteStuckRollbacks()).toEqual([])
  expect(deleted).toEqual([])
})

test('a rollback that Helm could not build leaves no revision', async () => {
  const { operations, revisions } = createOperations(['superseded', 'deployed'], {
    rollback: (add) => {
      add('pending-rollback')
      return `unable to build kubernetes objects from new release manifest: ${UNKNOWN}`
    },
  })
  const error = await operations.rollback(1, 1000).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RollbackBlockedError)
  expect(String(error)).toMatch(/revision 1: Adapter a: the cluster has no kind Adapter/)
  expect(revisions).toHaveLength(2)
})

test('a rollback that the API server refuses is not to be repeated, and its revision stays', async () => {
  const { operations, revisions } = createOperations(['superseded', 'deployed'], {
    rollback: (add) => {
      add('failed')
      return `cannot patch "a" with kind Job: ${IMMUTABLE}`
    },
  })
  await expect(operations.rollback(1, 1000)).rejects.toThrow(
    /Job a: spec.template: field is immutable.*"kubectl delete job a --namespace ml"/,
  )
  expect(revisions).toHaveLength(3)
})

test('a rollback that fails for another reason may be repeated', async () => {
  const { operations } = createOperations(['superseded', 'deployed'], { rollback: () => 'EOF' })
  const error = await operations.rollback(1, 1000).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Fault)
})
