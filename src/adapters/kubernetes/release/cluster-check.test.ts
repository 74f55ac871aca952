import { expect, test } from 'vitest'
import { Fault, UserError } from '../../../domain/core/errors.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { createClusterCheck } from './cluster-check.ts'

/** A kubectl with one answer: its output, or its error. */
function check(answer: string | Error) {
  const calls: (readonly string[])[] = []
  const kubectl: Kubectl = {
    async run(args) {
      calls.push(args)
      if (answer instanceof Error) throw answer
      return answer
    },
    create: async () => undefined,
    get: async () => undefined,
  }
  return { calls, ...createClusterCheck({ kubectl, release: 'digits' }) }
}
const fault = (detail: string) => new Fault({ system: 'Kubernetes', call: 'kubectl', detail, hint: 'Look.' })

test('the version of the API server', async () => {
  expect(await check('{"major":"1","gitVersion":"v1.33.1"}').readServerVersion()).toBe('v1.33.1')
  await expect(check(fault('Unauthorized')).readServerVersion()).rejects.toThrow('Unauthorized')
})

test.each([
  ['exists', 'configmap/retrain-actions.digits', true],
  ['exists, and has the object already', fault('(AlreadyExists): configmaps exists'), true],
  [
    'may not be seen',
    fault(
      'configmaps is forbidden: User "ci" cannot create resource "configmaps" in API group "" in the namespace "ml"',
    ),
    undefined,
  ],
])('a namespace that %s', async (_what, answer, exists) => {
  const { hasNamespace, calls } = check(answer)
  expect(await hasNamespace()).toBe(exists)
  expect(calls).toEqual([expect.arrayContaining(['create', '--dry-run=server'])])
})

test.each([new UserError('Input namespace: the cluster has no namespace "ml"'), fault('refused')])(
  'a namespace that cannot be used: %s',
  async (error) => {
    await expect(check(error).hasNamespace()).rejects.toBe(error)
  },
)
