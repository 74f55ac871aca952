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

describe('the last revision seen good', () => {
  const table: {
    title: string
    history: Revision[]
    marks: Mark[]
    ask: { before: number; otherThan?: string }
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
      ask: { before: 5 },
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
      ask: { before: 5 },
      lands: 2,
    },
    {
      title: '5 ok m7, 6 failed m8, 7 back to 5, alert names m7: the one before, with another model',
      history: [
        line(4, 'superseded'),
        line(5, 'superseded'),
        line(6, 'superseded'),
        line(7, 'deployed', 'Rollback to 5'),
      ],
      marks: [proof(4, '6'), proof(5, '7'), proof(7, '7')],
      ask: { before: 8, otherThan: '7' },
      lands: 4,
    },
    {
      title: '5 ok m7, 6 ok m8, 7 ok m8 with other values, bad is m8: 5',
      history: [line(5, 'superseded'), line(6, 'superseded'), line(7, 'deployed')],
      marks: [proof(5, '7'), proof(6, '8'), proof(7, '8')],
      ask: { before: 8, otherThan: '8' },
      lands: 5,
    },
    {
      title: 'deployed by Helm, but never seen good: none',
      history: [line(1, 'superseded'), line(2, 'deployed')],
      marks: [],
      ask: { before: 2 },
      lands: undefined,
    },
    {
      title: 'a mark of an earlier release of the same name is stale',
      history: [line(1, 'superseded'), line(2, 'deployed')],
      marks: [{ ...proof(1, '7'), updated: '2025-01-01T00:00:00Z' }],
      ask: { before: 2 },
      lands: undefined,
    },
    {
      title: 'a revision that Helm has forgotten cannot be gone back to',
      history: [line(31, 'superseded'), line(32, 'deployed')],
      marks: [proof(1, '7'), proof(31, '8')],
      ask: { before: 32, otherThan: '8' },
      lands: undefined,
    },
  ]
  test.each(table)('$title', ({ history, marks, ask, lands }) => {
    expect(lastProven(history, marks, ask)?.revision).toBe(lands)
  })

  test('is always marked, older than the bad one, of another version, and the newest of those', () => {
    const versions = fc.constantFrom('1', '2', '3')
    const rows = fc.array(fc.record({ marked: fc.boolean(), version: versions }), { maxLength: 12 })
    fc.assert(
      fc.property(rows, fc.nat(13), versions, (list, before, otherThan) => {
        const history = list.map((_row, index) => line(index + 1, 'superseded'))
        const marks = list.flatMap(({ marked, version }, index) =>
          marked ? [proof(index + 1, version)] : [],
        )
        const fit = marks.filter(({ revision, version }) => revision < before && version !== otherThan)
        expect(lastProven(history, marks.toReversed(), { before, otherThan })).toEqual(fit.at(-1))
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
