import { expect, test } from 'vitest'
import { fakeRelease } from '../../../test/fakes/release.ts'
import type { Release } from '../../adapters/kubernetes/release/release.ts'
import { Fault, UserError } from '../../domain/core/errors.ts'
import { undoRollout } from './rollback.ts'

const operation = {
  release: 'digits',
  namespace: 'ml',
  previousRevision: 1,
  revision: 2,
  isInstall: false,
  version: '8',
}

test.each<[string, Error, object]>([
  [
    'a system did not answer: it can be retried',
    new Fault({ system: 'Helm', call: 'helm rollback', detail: 'EOF', hint: '' }),
    { canRetry: true },
  ],
  [
    'an answer cannot be parsed: it can be retried',
    new SyntaxError('Unexpected end of JSON input'),
    { canRetry: true },
  ],
  [
    'it was refused: it cannot be retried',
    new UserError('Helm does not overwrite .spec.replicas.'),
    { reason: 'Helm does not overwrite .spec.replicas' },
  ],
])('a rollback fails because %s', async (_title, error, end) => {
  const fake = fakeRelease(['7', '8'])
  const [line] = fake.revisions
  const served = { model: 'fraud', version: '7', digest: '', run: '', verifiedAt: '' }
  if (line) fake.verifiedRevisions.set(1, { ...served, revision: 1, updated: line.updated })
  fake.release.rollback = async () => {
    throw error
  }
  expect(await undoRollout(fake.release, operation, 1000)).toEqual({
    kind: 'rollback-failed',
    reason: error.message,
    ...end,
  })
})

test('a first install is uninstalled, with the timeout of a rollback', async () => {
  const fake = fakeRelease(['8'])
  const timeouts: number[] = []
  const release: Release = { ...fake.release, uninstall: async (timeout) => void timeouts.push(timeout) }
  const first = { ...operation, previousRevision: 0, revision: 1, isInstall: true }
  expect(await undoRollout(release, first, 300_000)).toEqual({ kind: 'uninstalled' })
  expect(timeouts).toEqual([300_000])
})
