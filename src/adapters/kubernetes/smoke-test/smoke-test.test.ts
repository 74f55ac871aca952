import { describe, expect, test } from 'vitest'
import { request, smokeTestCluster, startWith } from '../../../../test/fakes/smoke-test.ts'
import { Fault } from '../../../domain/core/errors.ts'
import { deleteSmokeTestPods } from './smoke-test.ts'

test('pods of earlier runs are deleted before the pod is created', async () => {
  const { tools, calls } = smokeTestCluster([{}])
  expect((await startWith(tools)).kind).toBe('started')
  expect(calls).toEqual([
    'delete pods --selector app.kubernetes.io/managed-by=retrain-actions,retrain-actions.github.io/smoke-test=fraud --wait=false --grace-period=1 --ignore-not-found',
    'create Pod',
  ])
})

test('only the pods of the named run are deleted', async () => {
  const { tools, calls } = smokeTestCluster([])
  await deleteSmokeTestPods(tools.kubectl, 'fraud', '77-1')
  expect(calls[0]).toContain(
    'retrain-actions.github.io/smoke-test=fraud,retrain-actions.github.io/run-id=77-1 ',
  )
})

test.each(['ml', undefined])(
  'it may be the namespace of the release that the workload names: %s',
  async (namespace) => {
    expect((await startWith(smokeTestCluster([{}]).tools, { namespace })).kind).toBe('started')
  },
)

test('a workload in another namespace is refused before anything is created', async () => {
  const { tools, calls } = smokeTestCluster([{}])
  await expect(startWith(tools, { namespace: 'elsewhere' })).rejects.toThrow(
    /^Input verify: deployment\/fraud is in namespace elsewhere/,
  )
  expect(calls).toEqual([])
})

test('an unknown port is refused before anything is created', async () => {
  const { tools, calls } = smokeTestCluster([{}])
  const requests = [{ ...request, port: 'htttp' }]
  await expect(startWith(tools, { requests })).rejects.toThrow(
    'Input verify: no container names a port "htttp"; the named ports are http.',
  )
  expect(calls).toEqual([])
})

describe('a pod that Kubernetes rejects', () => {
  const rejectedWith = (detail: string) => () => {
    throw new Fault({ system: 'Kubernetes', call: 'kubectl create', status: 1, detail, hint: 'Look.' })
  }
  test.each([
    ['quota', 'Error from server (Forbidden): pods "p" is forbidden: exceeded quota: small'],
    ['a policy', 'Error from server (Forbidden): pods "p" is forbidden: violates PodSecurity "restricted"'],
    ['a webhook', 'Error from server: admission webhook "x" denied the request: no'],
    ['a type', 'Error from server (BadRequest): Pod in version "v1" cannot be handled as a Pod'],
    ['an invalid spec', 'The Pod "p" is invalid: \n* spec.x: Invalid value'],
  ])('is FailedCreate: %s', async (_title, detail) => {
    const result = await startWith(smokeTestCluster([{}], rejectedWith(detail)).tools)
    expect(result).toEqual({
      kind: 'failed',
      diagnosis: { reason: 'FailedCreate', message: detail },
      observation: undefined,
    })
  })
  test.each([
    [
      'a missing permission',
      'pods is forbidden: User "ci" cannot create resource "pods" in API group "" in the namespace "ml"',
    ],
    ['an unreachable server', 'connection refused'],
  ])('is a fault: %s', async (_title, detail) => {
    await expect(startWith(smokeTestCluster([{}], rejectedWith(detail)).tools)).rejects.toThrow(Fault)
  })
})

test('the name of the pod is a host name that ends in letters; a long release name is cut', async () => {
  const created: { metadata: { name: string } }[] = []
  const { tools } = smokeTestCluster([{}])
  const kubectl = { ...tools.kubectl, create: async (object: unknown) => void created.push(object as never) }
  const release = `${'a'.repeat(26)}-${'b'.repeat(26)}`
  await startWith({ ...tools, kubectl }, { release, version: '123456789012345678', time: 1000 })
  const [{ metadata } = { metadata: { name: '' } }] = created
  expect(metadata.name).toMatch(/^a{26}-smoke-test-123456789012345678-[bcdfghjklmnpqrstvwxz]{5}$/)
})
