import { expect, test } from 'vitest'
import {
  findControllers,
  formatController,
  NotOwnedError,
  type OwnedObject,
  suspendCommand,
} from './ownership.ts'

const owned = (
  labels: Record<string, string> = {},
  annotations: Record<string, string> = {},
  kind = 'Deployment',
): OwnedObject => ({ kind, metadata: { name: 'digits', namespace: 'ml', labels, annotations } })
const kustomization = {
  'kustomize.toolkit.fluxcd.io/name': 'apps',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux',
}
const tracked = (id: string) => owned({}, { 'argocd.argoproj.io/tracking-id': id })

test.each([
  [
    owned({ 'helm.toolkit.fluxcd.io/name': 'digits', 'helm.toolkit.fluxcd.io/namespace': 'flux' }),
    'HelmRelease flux/digits of Flux',
    'flux suspend helmrelease digits --namespace flux',
  ],
  [
    owned(kustomization, { 'kustomize.toolkit.fluxcd.io/ssa': 'Merge' }),
    'Kustomization flux/apps of Flux',
    'flux suspend kustomization apps --namespace flux',
  ],
  [
    tracked('fraud:apps/Deployment:ml/digits'),
    'Application argocd/fraud of Argo CD',
    'argocd app set argocd/fraud --sync-policy none',
  ],
  [
    tracked('team_fraud:apps/Deployment:ml/digits'),
    'Application team/fraud of Argo CD',
    'argocd app set team/fraud --sync-policy none',
  ],
])('an object names what applies it', (object, text, command) => {
  const found = findControllers([object, object])
  expect(found.map(formatController)).toEqual([text])
  expect(found.map(suspendCommand)).toEqual([command])
})

test.each([
  owned(),
  owned({ 'app.kubernetes.io/instance': 'fraud' }),
  // Copied from another object, and so ignored by Argo CD.
  tracked('fraud:apps/Deployment:ml/other'),
  tracked('fraud:/Service:ml/digits'),
  tracked('fraud'),
  // Flux leaves it alone.
  owned(kustomization, { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' }),
  owned(kustomization, { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' }),
])('an object that names none', (object) => {
  expect(findControllers([object])).toEqual([])
})

const place = { release: 'digits', namespace: 'ml' }
const first = { kind: 'Deployment', name: 'digits' }

const release = (name: string) => ({
  'meta.helm.sh/release-name': name,
  'meta.helm.sh/release-namespace': 'ml',
})
const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' }

test.each<[string, OwnedObject[], RegExp]>([
  [
    'unread objects',
    [],
    /^Input release: Deployment digits exists already, made by another tool than Helm, /,
  ],
  [
    'objects of kubectl, and one of the release',
    [
      owned({}, applied),
      owned({}, applied, 'Service'),
      owned({ 'app.kubernetes.io/managed-by': 'Helm' }, release('digits'), 'ConfigMap'),
    ],
    /^Input release: Deployment digits, Service digits exist already, made by kubectl apply, .* run "kubectl label deployment\/digits service\/digits app\.kubernetes\.io\/managed-by=Helm --overwrite --namespace ml" and "kubectl annotate deployment\/digits service\/digits meta\.helm\.sh\/release-name=digits meta\.helm\.sh\/release-namespace=ml /,
  ],
  [
    'objects of another release',
    [owned({ 'app.kubernetes.io/managed-by': 'Helm' }, release('fraud'))],
    /^Input release: Deployment digits exists already and belongs to the release fraud in namespace ml, .* Set release to fraud, or /,
  ],
  [
    'objects of Argo CD',
    [tracked('fraud:apps/Deployment:ml/digits')],
    /made by Application argocd\/fraud of Argo CD, .* run "argocd app set argocd\/fraud --sync-policy none" and "kubectl label /,
  ],
])('%s: whose they are, and how Helm takes them over', (_title, existing, message) => {
  expect(new NotOwnedError(place, first, existing).message).toMatch(message)
})
