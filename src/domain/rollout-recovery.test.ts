import { expect, test } from 'vitest'
import type { Revision } from './history.ts'
import type { Mark } from './marks.ts'
import { isFirst, type Recovery, recovery, underwayFrom } from './rollout-recovery.ts'

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
const one = [line(1, 'deployed')]
const after = (...more: Revision[]) => [line(1, 'superseded'), ...more]

test.each<[string, Revision[], Revision[], Mark[], Recovery['kind'], number?]>([
  ['Helm had not begun', one, one, [proof(1)], 'nothing'],
  ['the new revision was never seen serving', one, after(line(2, 'deployed')), [proof(1)], 'rollback', 1],
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
  ['not proven, nor is the one before', one, after(line(2, 'deployed')), [], 'impossible'],
  ['killed after the proof', one, after(line(2, 'deployed')), [proof(1), proof(2)], 'nothing'],
  ['a first install', [], [line(1, 'deployed')], [], 'uninstall'],
  ['a first install that hangs', [], [line(1, 'pending-install')], [], 'uninstall'],
  [
    'killed on the way back',
    one,
    after(line(2, 'superseded'), line(3, 'pending-rollback')),
    [proof(1)],
    'rollback',
    1,
  ],
  [
    'killed after the way back, before its proof',
    one,
    after(line(2, 'superseded'), line(3, 'deployed', 'Rollback to 1')),
    [proof(1)],
    'rollback',
    1,
  ],
  ['someone else deployed', one, after(line(2, 'superseded'), line(3, 'deployed')), [proof(1)], 'nothing'],
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
