import { expect, test } from 'vitest'
import { missingRules, type Rule } from './rollout-rights.ts'

const marks = 'retrain-actions.digits'
const role: Rule[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'update', 'delete'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'patch'], resourceNames: [marks] },
  { apiGroups: [''], resources: ['pods', 'events'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['list'] },
]

test('the smallest role is enough', () => {
  expect(missingRules(role, { marks, asksPods: false })).toEqual([])
})

test('so is everything', () => {
  expect(
    missingRules([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], { marks, asksPods: true }),
  ).toEqual([])
})

test('asking pods needs one right more', () => {
  expect(missingRules(role, { marks, asksPods: true })).toEqual([
    '{apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"]}',
  ])
})

test.each(role.flatMap((rule, index) => rule.verbs.map((verb) => ({ rule, index, verb }))))(
  'without $verb of $rule.resources it is named',
  ({ rule, index, verb }) => {
    const less = role.with(index, { ...rule, verbs: rule.verbs.filter((one) => one !== verb) })
    const missing = missingRules(less, { marks, asksPods: false })
    expect(missing).toHaveLength(rule.resources.length)
    expect(missing.every((line) => line.includes(`verbs: ["${verb}"]`))).toBe(true)
  },
)

test('a rule for another name is none', () => {
  expect(missingRules(role, { marks: 'retrain-actions.fraud', asksPods: false })).toEqual([
    '{apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch"]}',
  ])
})

const secrets = role.filter(({ resources }) => !resources.includes('secrets'))

test.each(['configmap', 'configmaps'])('with HELM_DRIVER=%s the releases lie in ConfigMaps', (driver) => {
  const all = {
    apiGroups: [''],
    resources: ['configmaps'],
    verbs: ['get', 'list', 'create', 'update', 'delete'],
  }
  expect(missingRules([...secrets, all], { marks, asksPods: false, driver })).toEqual([])
  expect(missingRules(role, { marks, asksPods: false, driver })).toEqual([
    '{apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "update", "delete"]}',
  ])
})

test('with another driver they are not in the cluster at all', () => {
  expect(missingRules(secrets, { marks, asksPods: false, driver: 'sql' })).toEqual([])
})

test.each(['', 'secret', 'secrets'])('HELM_DRIVER=%j means Secrets', (driver) => {
  expect(missingRules(secrets, { marks, asksPods: false, driver })).toHaveLength(1)
})
