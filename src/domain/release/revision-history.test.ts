import { expect, test } from 'vitest'
import { deployedRevision, pendingRevision } from './revision-history.ts'

const revisionLine = (revision: number, status: string) => ({
  revision,
  updated: '',
  status,
  isRollback: false,
})

test('a revision stays deployed when a later one fails', () => {
  expect(
    deployedRevision([revisionLine(1, 'superseded'), revisionLine(2, 'deployed'), revisionLine(3, 'failed')])
      ?.revision,
  ).toBe(2)
  expect(deployedRevision([revisionLine(1, 'failed')])).toBeUndefined()
})

test('only the last revision can lock the release', () => {
  expect(pendingRevision([revisionLine(1, 'deployed'), revisionLine(2, 'pending-upgrade')])?.revision).toBe(2)
  expect(pendingRevision([revisionLine(1, 'pending-install'), revisionLine(2, 'deployed')])).toBeUndefined()
  expect(pendingRevision([])).toBeUndefined()
})
