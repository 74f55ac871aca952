import { describe, expect, test } from 'vitest'
import { Fault, UserError } from '../../../domain/core/errors.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { createClusterCheck } from './cluster-check.ts'

/** A kubectl with these answers, the last one for good: its output, or its error. */
function check(...answers: (string | Error)[]) {
  const calls: (readonly string[])[] = []
  const kubectl: Kubectl = {
    async run(args) {
      calls.push(args)
      const answer = answers[Math.min(calls.length, answers.length) - 1] ?? ''
      if (answer instanceof Error) throw answer
      return answer
    },
    create: async () => undefined,
    get: async () => undefined,
  }
  return { calls, ...createClusterCheck({ kubectl, release: 'digits', namespace: 'ml' }) }
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

const missing = new UserError('Input namespace: the cluster has no namespace "ml"')

describe('a namespace is created', () => {
  test('unless it exists', async () => {
    const { createNamespace, calls } = check('configmap/retrain-actions.digits')
    expect(await createNamespace()).toBe(false)
    expect(calls).toHaveLength(1)
  })
  test.each([
    ['namespace/ml', []],
    [fault('(AlreadyExists): namespaces "ml" already exists'), []],
    ['namespace/ml', ['--dry-run=server'], 'dry-run'],
  ] as const)('once: %s', async (answer, flags, mode?) => {
    const { createNamespace, calls } = check(missing, answer)
    expect(await createNamespace(mode)).toBe(true)
    expect(calls[1]).toEqual(['create', 'namespace', 'ml', '--output', 'name', ...flags])
  })
  test('only with the permission', async () => {
    await expect(check(missing, fault('forbidden')).createNamespace()).rejects.toThrow('forbidden')
    await expect(check(fault('refused')).createNamespace()).rejects.toThrow('refused')
  })
})
