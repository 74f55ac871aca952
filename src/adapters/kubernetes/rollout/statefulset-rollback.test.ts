import { describe, expect, it } from 'vitest'
import { Fault } from '../../../domain/core/errors.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { deleteBlockingPods } from './statefulset-rollback.ts'

const set = { kind: 'statefulset', name: 'ranker', namespace: undefined }
const owner = (observedGeneration = 3, spec: object = {}) => ({
  kind: 'StatefulSet',
  metadata: { name: 'ranker', namespace: 'ml', uid: 'owner', generation: 3 },
  spec: { replicas: 2, selector: { matchLabels: { app: 'ranker' } }, ...spec },
  status: { observedGeneration, updateRevision: 'ranker-old' },
})
const pod = (name: string, revision: string, ready: boolean, metadata: object = {}) => ({
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'ml',
    uid: `uid-of-${name}`,
    labels: { 'controller-revision-hash': revision },
    ownerReferences: [{ uid: 'owner' }],
    ...metadata,
  },
  spec: { containers: [] },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})

/** kubectl with these pods, and one state of the StatefulSet for each poll. */
function cluster(pods: object[], states: unknown[] = [owner()], failure?: string) {
  const deleted: string[] = []
  const kubectl: Kubectl = {
    get: async ([kind]) =>
      kind === 'pods' ? { items: pods } : states.length > 1 ? states.shift() : states[0],
    create: async () => undefined,
    async run(args, stdin = '') {
      deleted.push(`${args.slice(0, 3).join(' ')} ${JSON.parse(stdin).preconditions.uid}`)
      if (failure)
        throw new Fault({ system: 'Kubernetes', call: 'kubectl delete', detail: failure, hint: '' })
      return ''
    },
  }
  return { kubectl, deleted }
}

const runDelete = ({ kubectl }: ReturnType<typeof cluster>, refs = [set]) =>
  deleteBlockingPods(kubectl, refs, async () => {})

describe('deleteBlockingPods', () => {
  it('deletes a pod that is not ready and has an old template, by its uid', async () => {
    const seen = cluster([pod('ranker-0', 'ranker-old', true), pod('ranker-1', 'ranker-new', false)])
    expect(await runDelete(seen)).toEqual(['ranker-1'])
    expect(seen.deleted).toEqual(['delete --raw /api/v1/namespaces/ml/pods/ranker-1 uid-of-ranker-1'])
  })

  it.each([
    ['serves', pod('ranker-1', 'ranker-new', true)],
    ['has the wanted template, and only starts slowly', pod('ranker-1', 'ranker-old', false)],
    ['is being deleted already', pod('ranker-1', 'ranker-new', false, { deletionTimestamp: 'now' })],
    ['is of another owner', pod('other-1', 'ranker-new', false, { ownerReferences: [{ uid: 'other' }] })],
  ])('keeps a pod that %s', async (_, each) => {
    const seen = cluster([each])
    expect(await runDelete(seen)).toEqual([])
    expect(seen.deleted).toEqual([])
  })

  it('waits until the controller has observed the template, since every pod has an old one before', async () => {
    const broken = pod('ranker-1', 'ranker-new', false)
    expect(await runDelete(cluster([broken], [owner(2), owner(2), owner()]))).toEqual(['ranker-1'])
    expect(await runDelete(cluster([broken], [owner(2)]))).toEqual([])
    expect(await runDelete(cluster([broken], [undefined]))).toEqual([])
  })

  it('keeps a pod that the controller replaces without waiting, or never replaces', async () => {
    const broken = [pod('ranker-0', 'ranker-new', false), pod('ranker-10', 'ranker-new', false)]
    const under = (spec: object) => runDelete(cluster(broken, [owner(3, spec)]))
    expect(await under({ podManagementPolicy: 'Parallel' })).toEqual([])
    expect(await under({ podManagementPolicy: 'OrderedReady' })).toEqual(['ranker-0', 'ranker-10'])
    const upTo = (partition: number) => ({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
    })
    expect(await under(upTo(2))).toEqual(['ranker-10'])
    expect(await under(upTo(10))).toEqual(['ranker-10'])
    expect(await under(upTo(11))).toEqual([])
  })

  it('reads no workload that does not block', async () => {
    const seen = cluster([pod('ranker-1', 'ranker-new', false)])
    expect(
      await runDelete(seen, [
        { ...set, kind: 'deployment' },
        { ...set, kind: 'daemonset' },
      ]),
    ).toEqual([])
  })

  it('ignores a pod that is gone, and throws a missing permission', async () => {
    const broken = [pod('ranker-1', 'ranker-new', false)]
    for (const gone of ['(NotFound): pods "ranker-1" not found', '(Conflict): the UID in the precondition'])
      expect(await runDelete(cluster(broken, [owner()], `Error from server ${gone}`))).toEqual([])
    await expect(runDelete(cluster(broken, [owner()], '(Forbidden): cannot delete'))).rejects.toThrow(
      'Forbidden',
    )
  })
})
