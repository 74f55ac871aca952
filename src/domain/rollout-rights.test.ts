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
  expect(missingRules(role, marks, false)).toEqual([])
})

test('so is everything', () => {
  expect(missingRules([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], marks, true)).toEqual([])
})

test('asking pods needs one right more', () => {
  expect(missingRules(role, marks, true)).toEqual([
    '{apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"]}',
  ])
})

test.each(role.flatMap((rule, index) => rule.verbs.map((verb) => ({ rule, index, verb }))))(
  'without $verb of $rule.resources it is named',
  ({ rule, index, verb }) => {
    const less = role.with(index, { ...rule, verbs: rule.verbs.filter((one) => one !== verb) })
    const missing = missingRules(less, marks, false)
    expect(missing).toHaveLength(rule.resources.length)
    expect(missing.every((line) => line.includes(`verbs: ["${verb}"]`))).toBe(true)
  },
)

test('a rule for another name is none', () => {
  expect(missingRules(role, 'retrain-actions.fraud', false)).toEqual([
    '{apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch"]}',
  ])
})
