import { describe, expect, test } from 'vitest'
import { aPod, cluster, deployment, look, owned } from '../../../test/fakes/observed.ts'

test('pods of a StatefulSet are fresh by its update revision', async () => {
  const workload = { ...deployment(), kind: 'StatefulSet' }
  Object.assign(workload.status, { updateRevision: 'digits-b' })
  const revision = (name: string) => ({
    kind: 'ControllerRevision',
    ...owned(name, name, 'dep'),
    revision: 1,
  })
  const labelled = (name: string, hash: string) =>
    aPod(name, 'dep', { metadata: { labels: { 'controller-revision-hash': hash } } })
  const items = [
    revision('digits-a'),
    revision('digits-b'),
    labelled('pod-1', 'digits-a'),
    labelled('pod-2', 'digits-b'),
  ]
  const seen = await look(cluster(workload, items), 'statefulset')
  expect(seen?.pods.map(({ fresh }) => fresh)).toEqual([false, true])
})

test('pods of a DaemonSet are fresh by the hash of its highest revision', async () => {
  const workload = { ...deployment({ desiredNumberScheduled: 2 }), kind: 'DaemonSet' }
  const revision = (name: string, number: number) => ({
    kind: 'ControllerRevision',
    ...owned(`digits-${name}`, name, 'dep', { labels: { 'controller-revision-hash': name } }),
    revision: number,
  })
  const labelled = (name: string, hash: string) =>
    aPod(name, 'dep', { metadata: { labels: { 'controller-revision-hash': hash } } })
  const items = [revision('a', 2), revision('b', 1), labelled('pod-1', 'a'), labelled('pod-2', 'b')]
  const seen = await look(cluster(workload, items), 'daemonset')
  expect(seen).toMatchObject({ desired: 2, pods: [{ fresh: true }, { fresh: false }] })
})

describe('what has no conditions', () => {
  const created = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` })
  const refused = (second: number) => ({
    reason: 'FailedCreate',
    message: `exceeded quota at ${second}`,
    lastTimestamp: `2026-01-01T00:00:0${second}Z`,
    involvedObject: { kind: 'StatefulSet', name: 'digits' },
  })
  const see = async (events: object[], pods: object[], status = {}) => {
    const workload = { ...deployment({ updateRevision: 'digits-b', ...status }), kind: 'StatefulSet' }
    workload.spec.replicas = 2
    const { get } = cluster(workload, pods)
    const kubectl = {
      ...cluster(workload, pods),
      get: async (args: readonly string[]) => (args[0] === 'events' ? { items: events } : get(args)),
    }
    return (await look(kubectl, 'statefulset'))?.createFailure
  }

  test('says by its newest event why pods cannot be made', async () => {
    const pods = [aPod('pod-1', 'dep', { metadata: created(1) })]
    expect(await see([refused(3), refused(4), refused(2)], pods)).toBe('exceeded quota at 4')
  })

  test('does not, where one was made since, or all are there', async () => {
    const pods = [aPod('pod-1', 'dep', { metadata: created(5) })]
    expect(await see([refused(4)], pods)).toBeUndefined()
    expect(await see([refused(9)], [...pods, aPod('pod-2', 'dep')])).toBeUndefined()
    expect(await see([], [])).toBeUndefined()
  })

  test.each([
    ['on-delete', { type: 'OnDelete' }],
    ['partition', { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }],
    [undefined, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }],
  ])('is held by its update strategy: %s', async (held, updateStrategy) => {
    const workload = { ...deployment({ updateRevision: 'digits-b' }), kind: 'StatefulSet' }
    Object.assign(workload.spec, { updateStrategy })
    expect((await look(cluster(workload, []), 'statefulset'))?.held).toBe(held)
  })
})
