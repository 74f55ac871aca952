import { describe, expect, test } from 'vitest'
import { begin, cluster, request } from '../../../test/fakes/trial.ts'
import { Fault } from '../../domain/failure.ts'
import { endTrials } from './trial.ts'

test('what a dead run left goes before the pod is created', async () => {
  const { tools, calls } = cluster([{}])
  expect((await begin(tools)).kind).toBe('begun')
  expect(calls).toEqual([
    'delete pods --selector app.kubernetes.io/managed-by=retrain-actions,retrain-actions/verify=fraud --wait=false --grace-period=1 --ignore-not-found',
    'create Pod',
  ])
})

test('only the pods of one run are removed where it is named', async () => {
  const { tools, calls } = cluster([])
  await endTrials(tools.kubectl, 'fraud', '77-1')
  expect(calls[0]).toContain('retrain-actions/verify=fraud,retrain-actions/run=77-1 ')
})

test.each(['ml', undefined])(
  'it may be the namespace of the release that the workload names: %s',
  async (namespace) => {
    expect((await begin(cluster([{}]).tools, { namespace })).kind).toBe('begun')
  },
)

test('a workload in another namespace is refused before anything is created', async () => {
  const { tools, calls } = cluster([{}])
  await expect(begin(tools, { namespace: 'elsewhere' })).rejects.toThrow(
    /^Input verify: deployment\/fraud is in namespace elsewhere/,
  )
  expect(calls).toEqual([])
})

test('a port that no container names is told before anything is created', async () => {
  const { tools, calls } = cluster([{}])
  const requests = [{ ...request, port: 'htttp' }]
  await expect(begin(tools, { requests })).rejects.toThrow(
    'Input verify: no container names a port "htttp"; named are http.',
  )
  expect(calls).toEqual([])
})

describe('a pod that the cluster does not take', () => {
  const refusedBy = (said: string) => () => {
    throw new Fault({ system: 'Kubernetes', call: 'kubectl create', status: 1, said, next: 'Look.' })
  }
  test.each([
    ['quota', 'Error from server (Forbidden): pods "p" is forbidden: exceeded quota: small'],
    ['a policy', 'Error from server (Forbidden): pods "p" is forbidden: violates PodSecurity "restricted"'],
    ['a webhook', 'Error from server: admission webhook "x" denied the request: no'],
    ['a type', 'Error from server (BadRequest): Pod in version "v1" cannot be handled as a Pod'],
    ['a flaw', 'The Pod "p" is invalid: \n* spec.x: Invalid value'],
  ])('is FailedCreate: %s', async (_what, said) => {
    const begun = await begin(cluster([{}], refusedBy(said)).tools)
    expect(begun).toEqual({
      kind: 'failed',
      diagnosis: { reason: 'FailedCreate', said },
      observation: undefined,
    })
  })
  test.each([
    [
      'a missing right',
      'pods is forbidden: User "ci" cannot create resource "pods" in API group "" in the namespace "ml"',
    ],
    ['a server that is away', 'connection refused'],
  ])('is a fault: %s', async (_what, said) => {
    await expect(begin(cluster([{}], refusedBy(said)).tools)).rejects.toThrow(Fault)
  })
})

test('its name is a host name, ends in letters, and has the release cut where it is long', async () => {
  const created: { metadata: { name: string } }[] = []
  const { tools } = cluster([{}])
  const kubectl = { ...tools.kubectl, create: async (object: unknown) => void created.push(object as never) }
  const release = `${'a'.repeat(30)}-${'b'.repeat(22)}`
  await begin({ ...tools, kubectl }, { release, version: '123456789012345678', time: 1000 })
  const [{ metadata } = { metadata: { name: '' } }] = created
  expect(metadata.name).toMatch(/^a{30}-verify-123456789012345678-[bcdfghjklmnpqrstvwxz]{5}$/)
})
