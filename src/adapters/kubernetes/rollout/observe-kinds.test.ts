import { describe, expect, test } from 'vitest'
import {
  deploymentObject,
  kubectlWith,
  observeDigits,
  ownedObject,
  podObject,
} from '../../../../test/fakes/kubernetes-objects.ts'

test('pods of a StatefulSet are updated by its update revision', async () => {
  const workload = { ...deploymentObject(), kind: 'StatefulSet' }
  Object.assign(workload.status, { updateRevision: 'digits-b' })
  const revision = (name: string) => ({
    kind: 'ControllerRevision',
    ...ownedObject(name, name, 'dep'),
    revision: 1,
  })
  const labelled = (name: string, hash: string) =>
    podObject(name, 'dep', { metadata: { labels: { 'controller-revision-hash': hash } } })
  const items = [
    revision('digits-a'),
    revision('digits-b'),
    labelled('pod-1', 'digits-a'),
    labelled('pod-2', 'digits-b'),
  ]
  const seen = await observeDigits(kubectlWith(workload, items), 'statefulset')
  expect(seen?.pods.map(({ updated: fresh }) => fresh)).toEqual([false, true])
})

test('pods of a DaemonSet are updated by the hash of its highest revision', async () => {
  const workload = { ...deploymentObject({ desiredNumberScheduled: 2 }), kind: 'DaemonSet' }
  const revision = (name: string, number: number) => ({
    kind: 'ControllerRevision',
    ...ownedObject(`digits-${name}`, name, 'dep', { labels: { 'controller-revision-hash': name } }),
    revision: number,
  })
  const labelled = (name: string, hash: string) =>
    podObject(name, 'dep', { metadata: { labels: { 'controller-revision-hash': hash } } })
  const items = [revision('a', 2), revision('b', 1), labelled('pod-1', 'a'), labelled('pod-2', 'b')]
  const seen = await observeDigits(kubectlWith(workload, items), 'daemonset')
  expect(seen).toMatchObject({ desired: 2, pods: [{ updated: true }, { updated: false }] })
})

describe('a workload without conditions', () => {
  const created = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` })
  const refused = (second: number) => ({
    reason: 'FailedCreate',
    message: `exceeded quota at ${second}`,
    lastTimestamp: `2026-01-01T00:00:0${second}Z`,
    involvedObject: { kind: 'StatefulSet', name: 'digits' },
  })
  const see = async (events: object[], pods: object[], status = {}) => {
    const workload = { ...deploymentObject({ updateRevision: 'digits-b', ...status }), kind: 'StatefulSet' }
    workload.spec.replicas = 2
    const { get } = kubectlWith(workload, pods)
    const kubectl = {
      ...kubectlWith(workload, pods),
      get: async (args: readonly string[]) => (args[0] === 'events' ? { items: events } : get(args)),
    }
    return (await observeDigits(kubectl, 'statefulset'))?.createFailure
  }

  test('reports its newest FailedCreate event', async () => {
    const pods = [podObject('pod-1', 'dep', { metadata: created(1) })]
    expect(await see([refused(3), refused(4), refused(2)], pods)).toBe('exceeded quota at 4')
  })

  test('reports none where a pod was created since, or none is missing', async () => {
    const pods = [podObject('pod-1', 'dep', { metadata: created(5) })]
    expect(await see([refused(4)], pods)).toBeUndefined()
    expect(await see([refused(9)], [...pods, podObject('pod-2', 'dep')])).toBeUndefined()
    expect(await see([], [])).toBeUndefined()
  })

  test.each([
    ['on-delete', { type: 'OnDelete' }],
    ['partition', { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }],
    [undefined, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }],
  ])('has its update strategy as blocker: %s', async (blocker, updateStrategy) => {
    const workload = { ...deploymentObject({ updateRevision: 'digits-b' }), kind: 'StatefulSet' }
    Object.assign(workload.spec, { updateStrategy })
    expect((await observeDigits(kubectlWith(workload, []), 'statefulset'))?.blocker).toBe(blocker)
  })
})
