import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  missingRules as lacking,
  objectPermissions,
  type ReleaseObject,
  type RolloutPlan,
  type Rule,
  requiredPermissions,
} from './rbac.ts'

const missingRules = (rules: readonly Rule[], plan: RolloutPlan) => lacking(rules, requiredPermissions(plan))

const stateObject = 'retrain-actions.digits'
const role: Rule[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'update', 'delete'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'patch'], resourceNames: [stateObject] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'patch'],
    resourceNames: [stateObject],
  },
  { apiGroups: [''], resources: ['pods', 'events'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
]

test('the smallest role is enough for a rollout', () => {
  expect(missingRules(role, { stateObject, readsVersionOverHttp: false })).toEqual([])
})

test('a role with everything is enough', () => {
  expect(
    missingRules([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], {
      stateObject,
      readsVersionOverHttp: true,
    }),
  ).toEqual([])
})

test('reading versions over HTTP needs one more permission', () => {
  expect(missingRules(role, { stateObject, readsVersionOverHttp: true })).toEqual([
    '{apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"]}',
  ])
})

test.each(role.flatMap((rule, index) => rule.verbs.map((verb) => ({ rule, index, verb }))))(
  'without $verb of $rule.resources it is named',
  ({ rule, index, verb }) => {
    const less = role.with(index, { ...rule, verbs: rule.verbs.filter((one) => one !== verb) })
    const missing = missingRules(less, { stateObject, readsVersionOverHttp: false })
    expect(missing).toHaveLength(1)
    for (const each of [...rule.resources, verb]) expect(missing[0]).toContain(`"${each}"`)
  },
)

test('a rule for another name does not count', () => {
  expect(missingRules(role, { stateObject: 'retrain-actions.fraud', readsVersionOverHttp: false })).toEqual([
    '{apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch"]}',
    '{apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "patch"]}',
  ])
})

const secrets = role.filter(({ resources }) => !resources.includes('secrets'))

test.each(['configmap', 'configmaps'])('with HELM_DRIVER=%s the releases are in ConfigMaps', (driver) => {
  const all = {
    apiGroups: [''],
    resources: ['configmaps'],
    verbs: ['get', 'list', 'create', 'update', 'delete'],
  }
  expect(missingRules([...secrets, all], { stateObject, readsVersionOverHttp: false, driver })).toEqual([])
  expect(missingRules(role, { stateObject, readsVersionOverHttp: false, driver })).toEqual([
    '{apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "update", "delete"]}',
  ])
})

test('with another driver they are not in the cluster at all', () => {
  expect(missingRules(secrets, { stateObject, readsVersionOverHttp: false, driver: 'sql' })).toEqual([])
})

test.each(['', 'secret', 'secrets'])('HELM_DRIVER=%j means Secrets', (driver) => {
  expect(missingRules(secrets, { stateObject, readsVersionOverHttp: false, driver })).toHaveLength(1)
})

test('a smoke test needs more permissions on pods', () => {
  expect(missingRules(role, { stateObject, readsVersionOverHttp: false, runsSmokeTest: true })).toEqual([
    '{apiGroups: [""], resources: ["pods"], verbs: ["get", "create", "delete"]}',
    '{apiGroups: [""], resources: ["pods/portforward"], verbs: ["create"]}',
  ])
})

const object = (apiGroup: string, resource: string, hook = false): ReleaseObject => ({
  apiGroup,
  resource,
  name: 'digits',
  hook,
})

test("the chart's kinds, listed once for each set of verbs", () => {
  const chart = [
    object('', 'services'),
    object('apps', 'deployments'),
    object('', 'configmaps'),
    object('', 'services'),
    object('serving.example.com', 'models'),
  ]
  const all = 'verbs: ["get", "create", "patch", "delete"]'
  expect(lacking([], objectPermissions(chart, '4'))).toEqual([
    `{apiGroups: [""], resources: ["services", "configmaps"], ${all}}`,
    `{apiGroups: ["apps"], resources: ["deployments"], ${all}}`,
    '{apiGroups: ["apps"], resources: ["replicasets"], verbs: ["list"]}',
    `{apiGroups: ["serving.example.com"], resources: ["models"], ${all}}`,
  ])
})

test.each([
  ['3', 'jobs', true],
  ['4', 'jobs', true],
  ['3', 'configmaps', false],
  ['4', 'configmaps', true],
] as const)('of hooks, Helm %s watches %s: %s', (major, resource, watches) => {
  const [rule = ''] = lacking([], objectPermissions([object('', resource, true)], major))
  expect(rule.includes('"list", "watch"')).toBe(watches)
})

test('a StatefulSet needs the permission to delete pods', () => {
  expect(lacking([], objectPermissions([object('apps', 'statefulsets')], '3')).join()).toContain(
    '{apiGroups: [""], resources: ["pods"], verbs: ["delete"]}',
  )
})

test('a rule for one name is enough to change the object, not to create it', () => {
  const named = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'], resourceNames: ['digits'] }
  const watch = { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['list'] }
  expect(lacking([named, watch], objectPermissions([object('apps', 'deployments')], '4'))).toEqual([
    '{apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"]}',
  ])
})

// What is missing, once it is added, is missing no more; and nothing that is given is asked for.
const word = fc.constantFrom('a', 'b', 'c', 'pods/log', '*')
const rules = fc.array(
  fc.record({
    apiGroups: fc.array(fc.constantFrom('', 'apps', '*'), { minLength: 1, maxLength: 2 }),
    resources: fc.array(word, { minLength: 1, maxLength: 2 }),
    verbs: fc.array(fc.constantFrom('get', 'list', 'create', '*'), { minLength: 1, maxLength: 2 }),
  }),
  { maxLength: 4 },
)
const needs = fc.array(
  fc.record({
    apiGroup: fc.constantFrom('', 'apps'),
    resource: fc.constantFrom('a', 'b', 'pods/log'),
    verbs: fc.array(fc.constantFrom('get', 'list', 'create'), { minLength: 1 }),
  }),
)
/** A line as YAML reads it. */
const parseRule = (line: string): Rule => JSON.parse(line.replace(/(apiGroups|resources|verbs):/g, '"$1":'))

test('the reported rules are enough', () => {
  fc.assert(
    fc.property(rules, needs, (role, wanted) => {
      const missing: Rule[] = lacking(role, wanted).map(parseRule)
      expect(lacking([...role, ...missing], wanted)).toEqual([])
      const asked = missing.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((apiGroup) =>
          resources.flatMap((resource) => verbs.map((verb) => ({ apiGroup, resource, verbs: [verb] }))),
        ),
      )
      for (const each of asked) expect(lacking(role, [each])).toHaveLength(1)
    }),
  )
})
