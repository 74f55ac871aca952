import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createOperation,
  foreignPendingRevision,
  isInstallRevision,
  planRecovery,
  type RecoveryPlan,
} from './recovery-plan.ts'
import type { Revision } from './revision-history.ts'
import type { VerifiedRevision } from './verified-revisions.ts'

const revisionLine = (
  revision: number,
  status: string,
  { isRollback, rollbackOf }: { isRollback?: boolean; rollbackOf?: number } = {},
): Revision => ({
  revision,
  updated: `t${revision}`,
  status,
  isRollback: isRollback ?? (rollbackOf !== undefined || status === 'pending-rollback'),
  rollbackOf,
})
const verifiedRevision = (revision: number): VerifiedRevision => ({
  revision,
  updated: `t${revision}`,
  model: 'digits',
  version: '7',
  digest: '',
  run: '',
  verifiedAt: '',
})
/** A rollback for which the API server refused an object: Helm 3 and 4 then do not name its target. */
const FAILED = { isRollback: true }
const one = [revisionLine(1, 'deployed')]
const upgraded = (...more: Revision[]) => [revisionLine(1, 'superseded'), ...more]

test.each<[string, Revision[], Revision[], VerifiedRevision[], RecoveryPlan['kind'], number?]>([
  ['Helm had not begun', one, one, [verifiedRevision(1)], 'none'],
  [
    'the new revision was never seen serving',
    one,
    upgraded(revisionLine(2, 'deployed')),
    [verifiedRevision(1)],
    'rollback',
    1,
  ],
  ['Helm recorded failed', one, [...one, revisionLine(2, 'failed')], [verifiedRevision(1)], 'rollback', 1],
  [
    'Helm was killed',
    one,
    [...one, revisionLine(2, 'pending-upgrade')],
    [verifiedRevision(1)],
    'rollback',
    1,
  ],
  [
    'killed, and the one before was never proven',
    one,
    [...one, revisionLine(2, 'pending-upgrade')],
    [],
    'rollback',
    1,
  ],
  ['not proven, nor is the one before', one, upgraded(revisionLine(2, 'deployed')), [], 'impossible'],
  [
    'killed after the proof',
    one,
    upgraded(revisionLine(2, 'deployed')),
    [verifiedRevision(1), verifiedRevision(2)],
    'none',
  ],
  ['a first install', [], [revisionLine(1, 'deployed')], [], 'uninstall'],
  ['a first install that hangs', [], [revisionLine(1, 'pending-install')], [], 'uninstall'],
  [
    'killed during the rollback',
    one,
    upgraded(revisionLine(2, 'superseded'), revisionLine(3, 'pending-rollback')),
    [verifiedRevision(1)],
    'rollback',
    1,
  ],
  [
    'killed after the rollback, before it was verified',
    one,
    upgraded(revisionLine(2, 'superseded'), revisionLine(3, 'deployed', { rollbackOf: 1 })),
    [verifiedRevision(1)],
    'rollback',
    1,
  ],
  [
    'Helm failed during the rollback',
    one,
    upgraded(revisionLine(2, 'superseded'), revisionLine(3, 'failed', FAILED)),
    [verifiedRevision(1)],
    'rollback',
    1,
  ],
  [
    'two rollbacks failed',
    one,
    upgraded(
      revisionLine(2, 'superseded'),
      revisionLine(3, 'failed', FAILED),
      revisionLine(4, 'pending-rollback'),
    ),
    [verifiedRevision(1)],
    'rollback',
    1,
  ],
  [
    'three rollbacks in a row failed',
    one,
    upgraded(
      revisionLine(2, 'superseded'),
      revisionLine(3, 'failed', FAILED),
      revisionLine(4, 'pending-rollback'),
      revisionLine(5, 'failed', FAILED),
    ),
    [verifiedRevision(1)],
    'impossible',
  ],
  [
    'three rollbacks failed, and a person rolled back since',
    one,
    upgraded(
      revisionLine(2, 'superseded'),
      revisionLine(3, 'failed', FAILED),
      revisionLine(4, 'failed', FAILED),
      revisionLine(5, 'failed', FAILED),
      revisionLine(6, 'deployed', { rollbackOf: 1 }),
    ),
    [verifiedRevision(1)],
    'rollback',
    1,
  ],
  [
    'someone else deployed',
    one,
    upgraded(revisionLine(2, 'superseded'), revisionLine(3, 'deployed')),
    [verifiedRevision(1)],
    'none',
  ],
  ['someone else removed it', one, [], [], 'none'],
])('%s', (_title, before, now, marks, kind, revision) => {
  const begun = createOperation({ release: 'digits', namespace: 'ml', version: '8' }, before)
  const own = now.find(({ revision }) => revision > begun.previousRevision)?.revision
  const plan = planRecovery({ ...begun, revision: own }, now, marks)
  expect(plan.kind).toBe(kind)
  if (plan.kind === 'rollback') expect(plan.targets[0]?.revision).toBe(revision)
})

test('a release that was uninstalled with its history kept is a first install again', () => {
  const found = { release: 'digits', namespace: 'ml', version: '8' }
  const operation = createOperation(found, [revisionLine(4, 'uninstalled')])
  expect(operation).toMatchObject({ previousRevision: 4, isInstall: true })
  expect(isInstallRevision(operation, 5)).toBe(true)
})

test('the targets are the good revisions, newest first; after an interrupted rollback, its own and older ones', () => {
  const history = [1, 2, 3].map((revision) => revisionLine(revision, 'superseded'))
  const marks = [1, 2, 3].map(verifiedRevision)
  const subject = { release: 'digits', namespace: 'ml', isInstall: false, version: '7', previousRevision: 3 }
  const planned = (last: Revision, rollbackTarget?: number) => {
    const plan = planRecovery({ ...subject, revision: 4, rollbackTarget }, [...history, last], marks)
    return plan.kind === 'rollback' ? plan.targets.map(({ revision }) => revision) : plan.kind
  }
  expect(planned(revisionLine(4, 'failed'))).toEqual([3, 2, 1])
  expect(planned(revisionLine(4, 'pending-rollback', { rollbackOf: 2 }), 2)).toEqual([2, 1])
})

describe('a rollback that was not seen through goes on to where it went', () => {
  const back = {
    release: 'digits',
    namespace: 'ml',
    isInstall: false,
    version: '7',
    previousRevision: 2,
    rollbackTarget: 1,
  }
  const two = [revisionLine(1, 'superseded'), revisionLine(2, 'deployed')]
  const led = [revisionLine(1, 'superseded'), revisionLine(2, 'superseded')]

  test.each<[string, Revision[], RecoveryPlan['kind']]>([
    ['Helm had not begun', two, 'none'],
    ['Helm was killed', [...two, revisionLine(3, 'pending-rollback', { rollbackOf: 1 })], 'rollback'],
    [
      'Helm finished, and the pods were not observed',
      [...led, revisionLine(3, 'deployed', { rollbackOf: 1 })],
      'rollback',
    ],
    ['Helm failed', [...led, revisionLine(3, 'failed', FAILED)], 'rollback'],
    [
      'someone deployed',
      [...led, revisionLine(3, 'superseded', { rollbackOf: 1 }), revisionLine(4, 'deployed')],
      'none',
    ],
  ])('%s', (_title, now, kind) => {
    const own = now.find(({ revision }) => revision > back.previousRevision)?.revision
    // The version to leave is verified as well, and later.
    const plan = planRecovery({ ...back, revision: own }, now, [verifiedRevision(1), verifiedRevision(2)])
    expect(plan.kind).toBe(kind)
    if (plan.kind === 'rollback') expect(plan.targets[0]?.revision).toBe(1)
  })
})

describe('a pending release without a lease', () => {
  const now = Date.parse('2026-01-01T12:00:00.000Z')
  const at = (age: number) => new Date(now - age).toISOString()
  const named = { release: 'digits', namespace: 'ml' }

  test.each<[string, number, boolean]>([
    ['young', 59_000, false],
    ['just in time', 60_000, false],
    ['older than any deployment', 61_000, true],
    ['from the future', -5000, false],
  ])('%s', (_title, age, over) => {
    const history = [revisionLine(1, 'deployed'), { ...revisionLine(2, 'pending-upgrade'), updated: at(age) }]
    expect(foreignPendingRevision(history, { now, foreignOperationTimeoutMs: 60_000 })).toMatchObject({
      ageMs: age,
      isTimedOut: over,
    })
  })

  test('with an unreadable time does not time out', () => {
    expect(
      foreignPendingRevision([revisionLine(1, 'pending-install')], { now, foreignOperationTimeoutMs: 60_000 })
        ?.isTimedOut,
    ).toBe(false)
  })

  test('is none where Helm came to its end', () => {
    expect(
      foreignPendingRevision([revisionLine(1, 'failed')], { now, foreignOperationTimeoutMs: 60_000 }),
    ).toBeUndefined()
    expect(foreignPendingRevision([], { now, foreignOperationTimeoutMs: 60_000 })).toBeUndefined()
  })

  test.each<[string, Revision[], VerifiedRevision[], RecoveryPlan['kind'], number?]>([
    ['an install', [revisionLine(1, 'pending-install')], [], 'uninstall'],
    [
      'an upgrade: to what was proven',
      [...upgraded(revisionLine(2, 'deployed')), revisionLine(3, 'pending-upgrade')],
      [verifiedRevision(1)],
      'rollback',
      1,
    ],
    [
      'an upgrade: nothing was proven',
      [revisionLine(1, 'failed'), revisionLine(2, 'deployed'), revisionLine(3, 'pending-upgrade')],
      [],
      'rollback',
      2,
    ],
    [
      'a rollback: to where it went, not to what it left',
      [...upgraded(revisionLine(2, 'deployed')), revisionLine(3, 'pending-rollback', { rollbackOf: 1 })],
      [verifiedRevision(1), verifiedRevision(2)],
      'rollback',
      1,
    ],
    [
      'an install over a removed one',
      [revisionLine(4, 'uninstalled'), revisionLine(5, 'pending-install')],
      [],
      'uninstall',
    ],
  ])('%s', (_title, history, marks, kind, revision) => {
    const last = history.at(-1) ?? revisionLine(0, '')
    const before = history.filter(({ revision }) => revision < last.revision)
    const operation = createOperation({ ...named, version: '', revision: last.revision }, before)
    const plan = planRecovery(operation, history, marks)
    expect(plan.kind).toBe(kind)
    if (plan.kind === 'rollback') expect(plan.targets[0]?.revision).toBe(revision)
  })
})

test('no recovery ever goes to a revision that failed, or was never written', () => {
  const status = fc.constantFrom('superseded', 'failed', 'deployed', 'pending-upgrade', 'pending-rollback')
  const changes = fc.constantFrom({}, FAILED, { rollbackOf: 1 }, { rollbackOf: 2 }, { rollbackOf: 9 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(status, changes, fc.boolean()), { minLength: 1, maxLength: 6 }),
      fc.nat(5),
      (steps, previousRevision) => {
        const history = steps.map(([each, words], index) => revisionLine(index + 1, each, words))
        const marks = steps.flatMap(([, , good], index) => (good ? [verifiedRevision(index + 1)] : []))
        const begun = {
          release: 'digits',
          namespace: 'ml',
          previousRevision,
          isInstall: previousRevision === 0,
          version: '8',
        }
        const own = history.find(({ revision }) => revision > previousRevision)?.revision
        const plan = planRecovery({ ...begun, revision: own }, history, marks)
        if (plan.kind !== 'rollback') return
        expect(plan.targets.length).toBeGreaterThan(0)
        for (const target of plan.targets) {
          const to = history.find(({ revision }) => revision === target.revision)
          const known = marks.some(({ revision }) => revision === target.revision)
          expect(known || to?.status === 'deployed').toBe(true)
        }
      },
    ),
  )
})
