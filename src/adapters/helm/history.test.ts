import { expect, test } from 'vitest'
import { parseHistory } from './history.ts'

// What Helm 3 and 4 write.
test.each<[status: string, description: string, isRollback: boolean, rollbackOf: number | undefined]>([
  ['deployed', 'Install complete', false, undefined],
  ['deployed', 'Upgrade complete', false, undefined],
  ['failed', 'Upgrade "digits" failed: context deadline exceeded', false, undefined],
  ['deployed', 'Rollback to 12', true, 12],
  ['pending-rollback', 'Rollback to 1', true, 1],
  ['pending-rollback', '', true, undefined],
  [
    'failed',
    'Rollback "digits" failed: failed to create resource: configmaps "a" is forbidden: exceeded quota: q',
    true,
    undefined,
  ],
])('%s, %j', (status, description, isRollback, rollbackOf) => {
  const entry = { revision: 3, updated: 't3', status, chart: 'digits-1.0.0', description }
  expect(parseHistory([entry])).toEqual([{ revision: 3, updated: 't3', status, isRollback, rollbackOf }])
})

test('a history is sorted, oldest first', () => {
  const entry = (revision: number) => ({ revision, updated: '', status: 'superseded' })
  expect(parseHistory([entry(10), entry(9)]).map(({ revision }) => revision)).toEqual([9, 10])
})
