import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Revision } from './revision-history.ts'
import { listGoodRevisions } from './rollback-target.ts'
import type { VerifiedRevision } from './verified-revisions.ts'

const at = (revision: number) => `2026-01-01T00:00:${String(revision).padStart(2, '0')}Z`
const revisionLine = (revision: number, status: string, rollbackOf?: number): Revision => ({
  revision,
  updated: at(revision),
  status,
  isRollback: rollbackOf !== undefined,
  rollbackOf,
})
const verifiedRevision = (revision: number, version: string): VerifiedRevision => ({
  revision,
  updated: at(revision),
  model: 'digits',
  version,
  digest: '',
  run: '',
  verifiedAt: at(revision),
})

const rolledBack = [
  revisionLine(7, 'superseded'),
  revisionLine(8, 'superseded'),
  revisionLine(9, 'superseded', 7),
]

describe('the last verified revision', () => {
  const table: {
    title: string
    history: Revision[]
    verified: VerifiedRevision[]
    before: number
    target: number | undefined
  }[] = [
    {
      title: '1 and 2 verified, 3 failed, 4 a verified rollback to 2, now 5 fails: 4',
      history: [
        revisionLine(1, 'superseded'),
        revisionLine(2, 'superseded'),
        revisionLine(3, 'superseded'),
        revisionLine(4, 'superseded', 2),
        revisionLine(5, 'deployed'),
      ],
      verified: [verifiedRevision(1, '6'), verifiedRevision(2, '7'), verifiedRevision(4, '7')],
      before: 5,
      target: 4,
    },
    {
      title: 'the same where main was killed before it verified the rollback: 2, never 3 or 4',
      history: [
        revisionLine(1, 'superseded'),
        revisionLine(2, 'superseded'),
        revisionLine(3, 'superseded'),
        revisionLine(4, 'superseded'),
        revisionLine(5, 'deployed'),
      ],
      verified: [verifiedRevision(1, '6'), verifiedRevision(2, '7')],
      before: 5,
      target: 2,
    },
    {
      title: '7 and 8 verified, an alert rolls back 8, 9 was never verified, now 10 fails: 7',
      history: [...rolledBack, revisionLine(10, 'deployed')],
      verified: [verifiedRevision(7, '7'), verifiedRevision(8, '8')],
      before: 10,
      target: 7,
    },
    {
      title: 'only a revision that an alert rolled back was verified: none',
      history: [...rolledBack, revisionLine(10, 'deployed')],
      verified: [verifiedRevision(8, '8')],
      before: 10,
      target: undefined,
    },
    {
      title: 'rolled back once, and deployed again since then',
      history: [...rolledBack, revisionLine(10, 'superseded'), revisionLine(11, 'deployed')],
      verified: [verifiedRevision(7, '7'), verifiedRevision(8, '8'), verifiedRevision(10, '8')],
      before: 11,
      target: 10,
    },
    {
      title: 'deployed, but never verified: none',
      history: [revisionLine(1, 'superseded'), revisionLine(2, 'deployed')],
      verified: [],
      before: 2,
      target: undefined,
    },
    {
      title: 'a verified revision of an earlier release of the same name is stale',
      history: [revisionLine(1, 'superseded'), revisionLine(2, 'deployed')],
      verified: [{ ...verifiedRevision(1, '7'), updated: '2025-01-01T00:00:00Z' }],
      before: 2,
      target: undefined,
    },
    {
      title: 'a revision that Helm has dropped is no target',
      history: [revisionLine(31, 'superseded'), revisionLine(32, 'deployed')],
      verified: [verifiedRevision(1, '7')],
      before: 32,
      target: undefined,
    },
  ]
  test.each(table)('$title', ({ history, verified, before, target }) => {
    expect(listGoodRevisions({ history, verifiedRevisions: verified }, before)[0]?.revision).toBe(target)
  })

  test('is always verified, older than the failed one, and the newest of those', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 12 }), fc.nat(13), (list, before) => {
        const history = list.map((_isVerified, index) => revisionLine(index + 1, 'superseded'))
        const verified = list.flatMap((isVerified, index) =>
          isVerified ? [verifiedRevision(index + 1, '7')] : [],
        )
        const fit = verified.filter(({ revision }) => revision < before)
        expect(listGoodRevisions({ history, verifiedRevisions: verified.toReversed() }, before)[0]).toEqual(
          fit.at(-1),
        )
      }),
    )
  })
})
