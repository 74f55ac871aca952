import { expect, test } from 'vitest'
import { Fault } from '../../domain/core/errors.ts'
import { type ApiRefusal, apiRefusalHint, formatApiRefusal } from '../../domain/release/api-refusal.ts'
import { findApiRefusals, parseApiRefusals } from './api-refusals.ts'

const TEMPLATE =
  '{"metadata":{"labels":{"a":"b: c"}},"spec":{"containers":[{"command":["sh","-c","echo \\"spec: Forbidden: no\\""]}]}}'
const STATEFULSET =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

test.each<[by: string, error: string, reason: ApiRefusal['reason'], text: string]>([
  [
    'kubectl',
    `The Job "init" is invalid: spec.template: Invalid value: ${TEMPLATE}: field is immutable\n`,
    'ImmutableField',
    'Job init: spec.template: field is immutable',
  ],
  [
    'Helm 3',
    `UPGRADE FAILED: cannot patch "init" with kind Job: Job.batch "init" is invalid: spec.template: Invalid value: ${TEMPLATE}: field is immutable`,
    'ImmutableField',
    'Job init: spec.template: field is immutable',
  ],
  [
    'Helm, of an older cluster',
    'Job.batch "init" is invalid: spec.template: Invalid value: core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{Name:"", Labels:map[string]string{"a":"b"}}, Spec:core.PodSpec{Volumes:[]core.Volume(nil)}}: field is immutable',
    'ImmutableField',
    'Job init: spec.template: field is immutable',
  ],
  [
    'kubectl apply',
    'Error from server (Invalid): Job.batch "j" is invalid: spec.template.spec: Invalid value: {"Volumes":null,"Containers":[{"Name":"a","Command":["echo","2"]}]}: field is immutable\n',
    'ImmutableField',
    'Job j: spec.template.spec: field is immutable',
  ],
  [
    'kubectl',
    'The Deployment "a" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    'ImmutableField',
    'Deployment a: spec.selector: field is immutable',
  ],
  [
    'kubectl',
    `The StatefulSet "db" is invalid: spec: Forbidden: ${STATEFULSET}`,
    'ImmutableField',
    `StatefulSet db: spec: ${STATEFULSET}`,
  ],
  [
    'kubectl',
    'The Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
    'ImmutableField',
    'Service web: spec.clusterIPs[0] ["None"]: may not change once set',
  ],
  [
    'kubectl',
    'The PersistentVolumeClaim "data" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n  core.PersistentVolumeClaimSpec{\n- \tStorageClassName: nil,\n  }',
    'ImmutableField',
    'PersistentVolumeClaim data: spec: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
  ],
  [
    'kubectl',
    'The ConfigMap "c" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    'ImmutableField',
    'ConfigMap c: data: field is immutable when `immutable` is set',
  ],
  [
    'kubectl',
    'The RoleBinding "r" is invalid: roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"b"}: cannot change roleRef',
    'ImmutableField',
    'RoleBinding r: roleRef: cannot change roleRef',
  ],
  [
    'kubectl',
    'error: resource mapping not found for name: "a" namespace: "" from "STDIN": no matches for kind "Adapter" in version "example.com/v1beta1"\nensure CRDs are installed first',
    'UnknownKind',
    'Adapter a: the cluster has no kind Adapter in version example.com/v1beta1',
  ],
  [
    'kubectl, by its discovery cache',
    'Error from server (NotFound): the server could not find the requested resource (patch adapters.example.com a)',
    'UnknownKind',
    'adapters.example.com a: the cluster no longer has its API version',
  ],
  [
    'Helm',
    'ROLLBACK FAILED: unable to build kubernetes objects from current release manifest: unable to recognize "": no matches for kind "Adapter" in version "example.com/v1beta1"',
    'UnknownKind',
    'Adapter: the cluster has no kind Adapter in version example.com/v1beta1',
  ],
  [
    'kubectl',
    'Error from server: admission webhook "no.example.com" denied the request: not on Fridays\nError from server: x',
    'Denied',
    'admission webhook "no.example.com" denied the request: not on Fridays',
  ],
  [
    'Helm',
    'UPGRADE FAILED: cannot patch "a" with kind Deployment: admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Deployment/ml/a was blocked',
    'Denied',
    'admission webhook "validate.kyverno.svc-fail" denied the request: resource Deployment/ml/a was blocked',
  ],
  [
    'kubectl',
    `The deployments "a" is invalid: : ValidatingAdmissionPolicy 'p' with binding 'b' denied request: label owner is missing`,
    'Denied',
    "deployments a: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: label owner is missing",
  ],
  [
    'kubectl',
    `Error from server (Forbidden): deployments.apps "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`,
    'Denied',
    "deployments a: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
  ],
  [
    'kubectl',
    'The Deployment "a" is invalid: spec.template.spec.containers[0].imagePullPolicy: Unsupported value: "ifNotPresent": supported values: "Always", "IfNotPresent", "Never"',
    'Invalid',
    'Deployment a: spec.template.spec.containers[0].imagePullPolicy "ifNotPresent": supported values: "Always", "IfNotPresent", "Never"',
  ],
  [
    'kubectl',
    'Error from server: failed to create typed patch object (ml/a; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string',
    'Invalid',
    'Deployment a: spec.replicas: expected numeric (int or float), got string',
  ],
  [
    'kubectl',
    'Error from server: failed to create typed patch object (ml/a; apps/v1, Kind=Deployment): .spec.template.spec.containers[name="serve"].env: duplicate entries for key [name="A"]',
    'Invalid',
    'Deployment a: spec.template.spec.containers[name="serve"].env: duplicate entries for key [name="A"]',
  ],
  [
    'kubectl',
    'Error from server: failed to create typed patch object (ml/a; apps/v1, Kind=Deployment): .spec.template.spec.containers[name="serve"].env[name="A"].value: expected string, got &value.valueUnstructured{Value:1}',
    'Invalid',
    'Deployment a: spec.template.spec.containers[name="serve"].env[name="A"].value: expected string, got 1',
  ],
  [
    'kubectl',
    "Error from server: failed to convert new object (ml/a; apps/v1, Kind=Deployment) to proper version: unable to convert unstructured object to apps/v1, Kind=Deployment: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    'Invalid',
    "Deployment a: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    'kubectl create',
    'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field Container.spec.template.spec.containers.ports of type []v1.ContainerPort',
    'Invalid',
    'Deployment: spec.template.spec.containers.ports: expected []ContainerPort, got string',
  ],
])('%s: %s', (_by, error, reason, text) => {
  const found = parseApiRefusals(error)
  expect(found.map((refusal) => [refusal.reason, formatApiRefusal(refusal)])).toEqual([[reason, text]])
  expect(apiRefusalHint(found[0] as ApiRefusal, 'ml')).toMatch(/^[A-Z].*\.$/)
})

test('several fields of one patch', () => {
  const error = `Error from server: failed to create typed patch object (ml/a; apps/v1, Kind=Deployment): errors:
  .spec.replicas: expected numeric (int or float), got string
  .spec.template.spec.containers[name="serve"].stdin: expected boolean, got &{maybe}
Error from server (Forbidden): x`
  expect(parseApiRefusals(error).map(formatApiRefusal)).toEqual([
    'Deployment a: spec.replicas: expected numeric (int or float), got string',
    'Deployment a: spec.template.spec.containers[name="serve"].stdin: expected boolean, got maybe',
  ])
})

test('several causes of one object, and several objects', () => {
  const kubectl = `The Deployment "a" is invalid: 
* spec.replicas: Invalid value: -1: must be greater than or equal to 0
* spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable
The Job "b" is invalid: spec.template: Invalid value: ${TEMPLATE}: field is immutable
Error from server (Forbidden): jobs.batch "c" is forbidden: no`
  expect(parseApiRefusals(kubectl).map(formatApiRefusal)).toEqual([
    'Deployment a: spec.replicas -1: must be greater than or equal to 0',
    'Deployment a: spec.selector: field is immutable',
    'Job b: spec.template: field is immutable',
    'jobs c: no',
  ])
  const server =
    'Deployment.apps "a" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal to 0, spec.selector: Required value]'
  expect(parseApiRefusals(server).map(formatApiRefusal)).toEqual([
    'Deployment a: spec.replicas -1: must be greater than or equal to 0',
    'Deployment a: spec.selector: required value',
  ])
})

test.each([
  'jobs.batch is forbidden: User "ci" cannot patch resource "jobs" in API group "batch" in the namespace "ml"',
  'jobs.batch "a" is forbidden: User "ci" cannot patch resource "jobs" in API group "batch" in the namespace "ml"',
  'persistentvolumeclaims "a" is forbidden: exceeded quota: q, requested: count/x=1',
  'Internal error occurred: failed calling webhook "no.example.com": connect: connection refused',
  'admission webhook "no.example.com" does not support dry run',
  'Apply failed with 1 conflict: conflict with "hpa" using apps/v1: .spec.replicas',
  'context deadline exceeded',
  '',
])('the API server refuses no object: %s', (error) => {
  expect(parseApiRefusals(error)).toEqual([])
})

test('an error without refusals has none, and the hint of a fault is no part of them', () => {
  const detail = 'The Job "a" is invalid: spec.template: Invalid value: {}: field is immutable'
  const fault = new Fault({ system: 'Helm', call: 'helm rollback', detail, hint: 'Do something.' })
  expect(findApiRefusals(fault).map(formatApiRefusal)).toEqual(['Job a: spec.template: field is immutable'])
  expect(findApiRefusals(new Error(detail))).toEqual([])
})

test('a huge hostile error is parsed', () => {
  const error = `The Job "a" is invalid: ${'spec.a: Invalid value: {"x":"'.repeat(20_000)}`
  expect(parseApiRefusals(error)).toHaveLength(1)
  expect(parseApiRefusals('a'.repeat(200_000))).toEqual([])
  expect(parseApiRefusals('is "'.repeat(50_000))).toEqual([])
})
