import { expect, test } from 'vitest'
import { Fault } from '../../../domain/core/errors.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { readControllers } from './controllers.ts'

const flux = { 'helm.toolkit.fluxcd.io/name': 'digits', 'helm.toolkit.fluxcd.io/namespace': 'ml' }
const argo = { 'argocd.argoproj.io/tracking-id': 'fraud:apps/Deployment:ml/digits' }
const object = (labels: Record<string, string>, annotations: Record<string, string> = {}) => ({
  kind: 'Deployment',
  metadata: { name: 'digits', labels, annotations },
})
const forbidden = new Fault({ system: 'Kubernetes', call: 'get', detail: '(Forbidden)', hint: '' })

/** A cluster that answers each read with this. */
function fakeKubectl(answer: unknown, asked: string[] = []): Kubectl {
  return {
    run: async () => '',
    create: async () => undefined,
    async get(args) {
      asked.push(args.join(' '))
      if (answer instanceof Error) throw answer
      return answer
    },
  }
}

test.each([
  [flux, {}, { spec: {} }, 'active'],
  [flux, {}, { spec: { suspend: true } }, 'suspended'],
  [flux, {}, forbidden, 'unknown'],
  // Flux deleted it, and left the release.
  [flux, {}, undefined, undefined],
  [{}, argo, { spec: { syncPolicy: { automated: { selfHeal: true } } } }, 'active'],
  [{}, argo, { spec: { syncPolicy: { automated: { enabled: false } } } }, 'suspended'],
  [{}, argo, { spec: {} }, 'suspended'],
  [
    {},
    argo,
    {
      metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } },
      spec: { syncPolicy: { automated: {} } },
    },
    'suspended',
  ],
  [{}, argo, undefined, 'unknown'],
])('labels %j %j, and the cluster has %j: %s', async (labels, annotations, answer, state) => {
  const found = await readControllers(fakeKubectl(answer), [object(labels, annotations)])
  expect(found.map((each) => each.state)).toEqual(state === undefined ? [] : [state])
})

test('the cluster is only asked about what an object names', async () => {
  const asked: string[] = []
  const kubectl = fakeKubectl({ spec: {} }, asked)
  await readControllers(kubectl, [object({ app: 'digits' })])
  expect(asked).toEqual([])
  await readControllers(kubectl, [object(flux), object(flux)])
  expect(asked).toEqual(['helmreleases.helm.toolkit.fluxcd.io digits --namespace ml'])
})
