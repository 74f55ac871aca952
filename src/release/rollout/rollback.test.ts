import { expect, test } from 'vitest'
import { fakeRelease } from '../../../test/fakes/release.ts'
import type { Release } from '../../adapters/kubernetes/release/release.ts'
import { Fault, UserError } from '../../domain/core/errors.ts'
import { findAcceptedTarget, undoRollout } from './rollback.ts'

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

const obstacle = { text: 'Job a: spec.template: field is immutable', hint: 'Run "kubectl delete job a".' }

/** Versions 5, 6 and 7 are verified, 8 is not. */
function releaseWithThreeTargets() {
  const fake = fakeRelease(['5', '6', '7', '8'])
  const served = { model: 'fraud', digest: '', run: '', verifiedAt: '' }
  for (const { revision, updated, version } of fake.revisions.slice(0, 3))
    fake.verifiedRevisions.set(revision, { ...served, revision, updated, version })
  return fake
}
const failed = { ...operation, previousRevision: 3, revision: 4 }

test('a target that the cluster does not accept is passed over for an older one', async () => {
  const fake = releaseWithThreeTargets()
  fake.obstacles.set(3, [obstacle])
  const result = await undoRollout(fake.release, failed, 1000)
  expect(result).toMatchObject({
    kind: 'rolled-back',
    target: { revision: 2, version: '6' },
    passedOver: [{ target: { revision: 3 }, obstacles: [obstacle] }],
  })
  expect(fake.calls).toEqual(['rollback 2', 'watch 6', 'verified 5'])
})

test('where the cluster accepts none, Helm is not started, and the reason has objects and the command', async () => {
  const fake = releaseWithThreeTargets()
  for (const revision of [1, 2, 3]) fake.obstacles.set(revision, [obstacle])
  expect(await undoRollout(fake.release, failed, 1000)).toEqual({
    kind: 'rollback-failed',
    isBlocked: true,
    reason: expect.stringMatching(
      /^Release digits cannot be rolled back\. The cluster does not accept revision 3 \(version 7\): Job a: spec\.template: field is immutable; revision 2 .*\. Run "kubectl delete job a"\. Then re-run/,
    ),
  })
  expect(fake.calls).toEqual([])
})

test('an object that deletes itself in time is waited for', async () => {
  const fake = releaseWithThreeTargets()
  const answers = [[{ ...obstacle, expiresAfterMs: 10_000 }], []]
  fake.release.findRollbackObstacles = async () => answers.shift() ?? []
  expect(await undoRollout(fake.release, failed, 60_000)).toMatchObject({ target: { revision: 3 } })
  expect(answers).toEqual([])
})

test.each([
  ['deletes itself in time', 1000, 3],
  ['deletes itself too late', 90_000, 2],
  ['stays', undefined, 2],
])('before an upgrade, an object in the way that %s', async (_title, expiresAfterMs, revision) => {
  const fake = releaseWithThreeTargets()
  fake.obstacles.set(3, [expiresAfterMs === undefined ? obstacle : { ...obstacle, expiresAfterMs }])
  const request = { release: 'digits', chart: 'x', valuesFiles: [], timeout: 1 }
  const targets = [3, 2].map((each) => ({ revision: each, version: '' }))
  const { target } = await findAcceptedTarget(fake.release, targets, {
    timeout: 60_000,
    request,
  })
  expect(target?.revision).toBe(revision)
})

test('a first install is uninstalled, with the timeout of a rollback', async () => {
  const fake = fakeRelease(['8'])
  const timeouts: number[] = []
  const release: Release = { ...fake.release, uninstall: async (timeout) => void timeouts.push(timeout) }
  const first = { ...operation, previousRevision: 0, revision: 1, isInstall: true }
  expect(await undoRollout(release, first, 300_000)).toEqual({ kind: 'uninstalled' })
  expect(timeouts).toEqual([300_000])
})
