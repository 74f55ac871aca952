import { expect, test } from 'vitest'
import { findChangedImmutableFields, type ManifestObject } from './immutable-fields.ts'

const object = (apiVersion: string, kind: string, fields: object, namespace?: string): ManifestObject => ({
  apiVersion,
  kind,
  metadata: { name: 'a', namespace },
  ...fields,
})
const claim = (storage: unknown) => ({ spec: { resources: { requests: { storage } } } })

test.each<[apiVersion: string, kind: string, from: object, to: object, fields: string[]]>([
  ['batch/v1', 'Job', { spec: { template: 1 } }, { spec: { template: 2 } }, ['spec.template']],
  ['batch/v1', 'Job', { spec: { template: { b: 1, a: 2 } } }, { spec: { template: { a: 2, b: 1 } } }, []],
  ['batch/v1', 'Job', { spec: { backoffLimit: 1 } }, { spec: { backoffLimit: 2 } }, []],
  ['batch/v1', 'CronJob', { spec: { template: 1 } }, { spec: { template: 2 } }, []],
  [
    'apps/v1',
    'Deployment',
    { spec: { selector: 1, template: 1 } },
    { spec: { selector: 2 } },
    ['spec.selector'],
  ],
  ['apps/v1', 'Deployment', { spec: { template: 1 } }, { spec: { template: 2 } }, []],
  [
    'apps/v1',
    'StatefulSet',
    { spec: { volumeClaimTemplates: [1] } },
    { spec: {} },
    ['spec.volumeClaimTemplates'],
  ],
  [
    'apps/v1',
    'StatefulSet',
    { spec: { replicas: 1, serviceName: 'a' } },
    { spec: { replicas: 2, serviceName: 'a' } },
    [],
  ],
  ['node.k8s.io/v1', 'RuntimeClass', { handler: 'a' }, { handler: 'b' }, ['handler']],
  ['resource.k8s.io/v1', 'ResourceClaimTemplate', { spec: { a: 1 } }, { spec: { a: 2 } }, ['spec']],
  [
    'v1',
    'PersistentVolume',
    { spec: { nfs: { path: '/1' } } },
    { spec: { nfs: { path: '/2' } } },
    ['spec.nfs'],
  ],
  ['v1', 'Service', { spec: {} }, { spec: { clusterIP: 'None' } }, ['spec.clusterIP']],
  ['v1', 'Service', { spec: { clusterIP: 'None' } }, { spec: {} }, []],
  ['serving.knative.dev/v1', 'Service', { spec: {} }, { spec: { clusterIP: 'None' } }, []],
  ['v1', 'ConfigMap', { data: 1 }, { data: 2 }, []],
  ['v1', 'ConfigMap', { immutable: true, data: 1 }, { data: 2 }, ['immutable', 'data']],
  ['v1', 'Secret', { type: 'Opaque' }, { type: 'kubernetes.io/tls' }, ['type']],
  // What Kubernetes sets by itself.
  ['v1', 'Secret', { data: 1 }, { type: 'Opaque', data: 2 }, []],
  ['v1', 'Secret', { type: 'kubernetes.io/tls' }, {}, ['type']],
  ['v1', 'PersistentVolumeClaim', { spec: {} }, { spec: { volumeMode: 'Filesystem' } }, []],
  ['v1', 'PersistentVolumeClaim', { spec: {} }, { spec: { volumeMode: 'Block' } }, ['spec.volumeMode']],
  ['batch/v1', 'Job', { spec: { completionMode: 'NonIndexed' } }, { spec: {} }, []],
  [
    'apps/v1',
    'StatefulSet',
    { spec: { volumeClaimTemplates: [claim('1Gi')] } },
    { spec: { volumeClaimTemplates: [claim('1024Mi')], podManagementPolicy: 'OrderedReady' } },
    [],
  ],
  [
    'apps/v1',
    'StatefulSet',
    { spec: { volumeClaimTemplates: [claim('1Gi')] } },
    { spec: { volumeClaimTemplates: [claim('2Gi')], podManagementPolicy: 'Parallel' } },
    ['spec.volumeClaimTemplates', 'spec.podManagementPolicy'],
  ],
  ['v1', 'PersistentVolumeClaim', claim('1Gi'), claim('2Gi'), []],
  ['v1', 'PersistentVolumeClaim', claim('2Gi'), claim('1500Mi'), ['spec.resources.requests.storage']],
  ['v1', 'PersistentVolumeClaim', claim('1G'), claim('1Gi'), []],
  ['v1', 'PersistentVolumeClaim', claim('1Gi'), claim(undefined), []],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: 1 }, { roleRef: 2 }, ['roleRef']],
  ['example.com/v1', 'Job', { spec: { template: 1 } }, { spec: { template: 2 } }, []],
])('%s %s from %j to %j', (apiVersion, kind, from, to, fields) => {
  const found = findChangedImmutableFields([object(apiVersion, kind, from)], [object(apiVersion, kind, to)])
  expect(found).toEqual(fields.map((field) => ({ kind, name: 'a', field })))
})

test('objects of another name or namespace, and objects that only one manifest has, change nothing', () => {
  const job = (template: number, namespace?: string) =>
    object('batch/v1', 'Job', { spec: { template } }, namespace)
  const renamed = { ...job(2), metadata: { name: 'b' } }
  expect(findChangedImmutableFields([job(1)], [renamed, job(2, 'other')])).toEqual([])
  expect(findChangedImmutableFields([], [job(1)])).toEqual([])
})
