import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Revision } from './history.ts'
import type { Mark } from './marks.ts'
import { isFirst, type Recovery, recovery, stray, strayUnderway, underwayFrom } from './rollout-recovery.ts'

const line = (revision: number, status: string, description = ''): Revision => ({
  revision,
  updated: `t${revision}`,
  status,
  chart: '',
  description,
})
const proof = (revision: number): Mark => ({
  revision,
  updated: `t${revision}`,
  model: 'digits',
  version: '7',
  digest: '',
  run: '',
  provenAt: '',
})
/** What Helm 3 and 4 write instead of "Rollback to 1" where the API server did not take all of its objects. */
const FAILED =
  'Rollback "digits" failed: failed to create resource: configmaps "a" is forbidden: exceeded quota: q'
const one = [line(1, 'deployed')]
const upgraded = (...more: Revision[]) => [line(1, 'superseded'), ...more]

test.each<[string, Revision[], Revision[], Mark[], Recovery['kind'], number?]>([
  ['Helm had not begun', one, one, [proof(1)], 'nothing'],
  ['the new revision was never seen serving', one, upgraded(line(2, 'deployed')), [proof(1)], 'rollback', 1],
  ['Helm recorded failed', one, [...one, line(2, 'failed')], [proof(1)], 'rollback', 1],
  ['Helm was killed', one, [...one, line(2, 'pending-upgrade')], [proof(1)], 'rollback', 1],
  [
    'killed, and the one before was never proven',
    one,
    [...one, line(2, 'pending-upgrade')],
    [],
    'rollback',
    1,
  ],
  ['not proven, nor is the one before', one, upgraded(line(2, 'deployed')), [], 'impossible'],
  ['killed after the proof', one, upgraded(line(2, 'deployed')), [proof(1), proof(2)], 'nothing'],
  ['a first install', [], [line(1, 'deployed')], [], 'uninstall'],
  ['a first install that hangs', [], [line(1, 'pending-install')], [], 'uninstall'],
  [
    'killed on the way back',
    one,
    upgraded(line(2, 'superseded'), line(3, 'pending-rollback')),
    [proof(1)],
    'rollback',
    1,
  ],
  [
    'killed after the way back, before its proof',
    one,
    upgraded(line(2, 'superseded'), line(3, 'deployed', 'Rollback to 1')),
    [proof(1)],
    'rollback',
    1,
  ],
  [
    'Helm failed on the way back',
    one,
    upgraded(line(2, 'superseded'), line(3, 'failed', FAILED)),
    [proof(1)],
    'rollback',
    1,
  ],
  ['someone else deployed', one, upgraded(line(2, 'superseded'), line(3, 'deployed')), [proof(1)], 'nothing'],
  ['someone else removed it', one, [], [], 'nothing'],
])('%s', (_title, before, now, marks, kind, revision) => {
  const begun = underwayFrom({ release: 'digits', namespace: 'ml', version: '8' }, before)
  const own = now.find(({ revision }) => revision > begun.before)?.revision
  const plan = recovery({ ...begun, own }, now, marks)
  expect(plan.kind).toBe(kind)
  if (plan.kind === 'rollback') expect(plan.revision).toBe(revision)
})

test('a release that was uninstalled with its history kept is a first install again', () => {
  const found = { release: 'digits', namespace: 'ml', version: '8' }
  const underway = underwayFrom(found, [line(4, 'uninstalled')])
  expect(underway).toMatchObject({ before: 4, first: true })
  expect(isFirst(underway, 5)).toBe(true)
})

describe('a rollback that was not seen through goes on to where it went', () => {
  const back = { release: 'digits', namespace: 'ml', first: false, version: '7', before: 2, backTo: 1 }
  const two = [line(1, 'superseded'), line(2, 'deployed')]
  const led = [line(1, 'superseded'), line(2, 'superseded')]

  test.each<[string, Revision[], Recovery['kind']]>([
    ['Helm had not begun', two, 'nothing'],
    ['Helm was killed', [...two, line(3, 'pending-rollback', 'Rollback to 1')], 'rollback'],
    [
      'Helm came to its end, and nobody saw the pods',
      [...led, line(3, 'deployed', 'Rollback to 1')],
      'rollback',
    ],
    ['Helm failed', [...led, line(3, 'failed', FAILED)], 'rollback'],
    ['someone deployed', [...led, line(3, 'superseded', 'Rollback to 1'), line(4, 'deployed')], 'nothing'],
  ])('%s', (_title, now, kind) => {
    const own = now.find(({ revision }) => revision > back.before)?.revision
    // The version that it leads away from was seen good as well, and later.
    const plan = recovery({ ...back, own }, now, [proof(1), proof(2)])
    expect(plan.kind).toBe(kind)
    if (plan.kind === 'rollback') expect(plan.revision).toBe(1)
  })
})

describe("a pending release that is nobody's", () => {
  const now = Date.parse('2026-01-01T12:00:00.000Z')
  const at = (age: number) => new Date(now - age).toISOString()
  const named = { release: 'digits', namespace: 'ml' }

  test.each<[string, number, boolean]>([
    ['young', 59_000, false],
    ['just in time', 60_000, false],
    ['older than any deployment', 61_000, true],
    ['from the future', -5000, false],
  ])('%s', (_title, age, over) => {
    const history = [line(1, 'deployed'), { ...line(2, 'pending-upgrade'), updated: at(age) }]
    expect(stray(history, { now, budget: 60_000 })).toMatchObject({ age, over })
  })

  test('of a time that nobody can read is not taken for dead', () => {
    expect(stray([line(1, 'pending-install')], { now, budget: 60_000 })?.over).toBe(false)
  })

  test('is none where Helm came to its end', () => {
    expect(stray([line(1, 'failed')], { now, budget: 60_000 })).toBeUndefined()
    expect(stray([], { now, budget: 60_000 })).toBeUndefined()
  })

  test.each<[string, Revision[], Mark[], Recovery['kind'], number?]>([
    ['an install', [line(1, 'pending-install')], [], 'uninstall'],
    [
      'an upgrade: to what was proven',
      [...upgraded(line(2, 'deployed')), line(3, 'pending-upgrade')],
      [proof(1)],
      'rollback',
      1,
    ],
    [
      'an upgrade: nothing was proven',
      [line(1, 'failed'), line(2, 'deployed'), line(3, 'pending-upgrade')],
      [],
      'rollback',
      2,
    ],
    [
      'a rollback: to where it went, not to what it left',
      [...upgraded(line(2, 'deployed')), line(3, 'pending-rollback', 'Rollback to 1')],
      [proof(1), proof(2)],
      'rollback',
      1,
    ],
    ['an install over a removed one', [line(4, 'uninstalled'), line(5, 'pending-install')], [], 'uninstall'],
  ])('%s', (_title, history, marks, kind, revision) => {
    const last = history.at(-1) ?? line(0, '')
    const plan = recovery(strayUnderway(last, history, named), history, marks)
    expect(plan.kind).toBe(kind)
    if (plan.kind === 'rollback') expect(plan.revision).toBe(revision)
  })
})

test('no recovery ever goes to a revision that failed, or was never written', () => {
  const status = fc.constantFrom('superseded', 'failed', 'deployed', 'pending-upgrade', 'pending-rollback')
  const told = fc.constantFrom('', FAILED, 'Rollback to 1', 'Rollback to 2', 'Rollback to 9')
  fc.assert(
    fc.property(
      fc.array(fc.tuple(status, told, fc.boolean()), { minLength: 1, maxLength: 6 }),
      fc.nat(5),
      (steps, before) => {
        const history = steps.map(([each, words], index) => line(index + 1, each, words))
        const marks = steps.flatMap(([, , good], index) => (good ? [proof(index + 1)] : []))
        const begun = { release: 'digits', namespace: 'ml', before, first: before === 0, version: '8' }
        const own = history.find(({ revision }) => revision > before)?.revision
        const plan = recovery({ ...begun, own }, history, marks)
        if (plan.kind !== 'rollback') return
        const to = history.find(({ revision }) => revision === plan.revision)
        const known = marks.some(({ revision }) => revision === plan.revision)
        expect(known || to?.status === 'deployed').toBe(true)
      },
    ),
  )
})
