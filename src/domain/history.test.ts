import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deployedRevision, lastProven, pendingRevision, type Revision } from './history.ts'
import type { Mark } from './marks.ts'

const at = (revision: number) => `2026-01-01T00:00:${String(revision).padStart(2, '0')}Z`
const line = (revision: number, status: string, description = ''): Revision => ({
  revision,
  updated: at(revision),
  status,
  chart: 'digits-1.0.0',
  description,
})
const proof = (revision: number, version: string): Mark => ({
  revision,
  updated: at(revision),
  model: 'digits',
  version,
  digest: '',
  run: '',
  provenAt: at(revision),
})

const takenBack = [line(7, 'superseded'), line(8, 'superseded'), line(9, 'superseded', 'Rollback to 7')]

describe('the last revision seen good', () => {
  const table: {
    title: string
    history: Revision[]
    marks: Mark[]
    before: number
    lands: number | undefined
  }[] = [
    {
      title: '1 ok, 2 ok, 3 failed, back to 2; now 5 fails: 4, which is 2 again and was seen good',
      history: [
        line(1, 'superseded'),
        line(2, 'superseded'),
        line(3, 'superseded'),
        line(4, 'superseded', 'Rollback to 2'),
        line(5, 'deployed'),
      ],
      marks: [proof(1, '6'), proof(2, '7'), proof(4, '7')],
      before: 5,
      lands: 4,
    },
    {
      title: 'the same where main was killed before it marked the way back: 2, never 3 or 4',
      history: [
        line(1, 'superseded'),
        line(2, 'superseded'),
        line(3, 'superseded'),
        line(4, 'superseded'),
        line(5, 'deployed'),
      ],
      marks: [proof(1, '6'), proof(2, '7')],
      before: 5,
      lands: 2,
    },
    {
      title: '7 ok, 8 ok, an alert takes 8 back, 9 comes up too late to be seen; now 10 fails: 7',
      history: [...takenBack, line(10, 'deployed')],
      marks: [proof(7, '7'), proof(8, '8')],
      before: 10,
      lands: 7,
    },
    {
      title: 'only what an alert took back was ever seen good: none',
      history: [...takenBack, line(10, 'deployed')],
      marks: [proof(8, '8')],
      before: 10,
      lands: undefined,
    },
    {
      title: 'taken back once, and deployed again since then',
      history: [...takenBack, line(10, 'superseded'), line(11, 'deployed')],
      marks: [proof(7, '7'), proof(8, '8'), proof(10, '8')],
      before: 11,
      lands: 10,
    },
    {
      title: 'deployed by Helm, but never seen good: none',
      history: [line(1, 'superseded'), line(2, 'deployed')],
      marks: [],
      before: 2,
      lands: undefined,
    },
    {
      title: 'a mark of an earlier release of the same name is stale',
      history: [line(1, 'superseded'), line(2, 'deployed')],
      marks: [{ ...proof(1, '7'), updated: '2025-01-01T00:00:00Z' }],
      before: 2,
      lands: undefined,
    },
    {
      title: 'a revision that Helm has forgotten cannot be gone back to',
      history: [line(31, 'superseded'), line(32, 'deployed')],
      marks: [proof(1, '7')],
      before: 32,
      lands: undefined,
    },
  ]
  test.each(table)('$title', ({ history, marks, before, lands }) => {
    expect(lastProven(history, marks, before)?.revision).toBe(lands)
  })

  test('is always marked, older than the bad one, and the newest of those', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 12 }), fc.nat(13), (list, before) => {
        const history = list.map((_marked, index) => line(index + 1, 'superseded'))
        const marks = list.flatMap((marked, index) => (marked ? [proof(index + 1, '7')] : []))
        const fit = marks.filter(({ revision }) => revision < before)
        expect(lastProven(history, marks.toReversed(), before)).toEqual(fit.at(-1))
      }),
    )
  })
})

test('Helm calls a revision deployed that a failed one came after', () => {
  expect(deployedRevision([line(1, 'superseded'), line(2, 'deployed'), line(3, 'failed')])?.revision).toBe(2)
  expect(deployedRevision([line(1, 'failed')])).toBeUndefined()
})

test('only the last revision can hold the release', () => {
  expect(pendingRevision([line(1, 'deployed'), line(2, 'pending-upgrade')])?.revision).toBe(2)
  expect(pendingRevision([line(1, 'pending-install'), line(2, 'deployed')])).toBeUndefined()
  expect(pendingRevision([])).toBeUndefined()
})
