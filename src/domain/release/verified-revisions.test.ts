import { expect, test } from 'vitest'
import type { LiveRelease } from './live-release.ts'
import {
  buildVerifiedRevisionPatch,
  stillServedVersion,
  type VerifiedRevision,
  verifiedVersion,
} from './verified-revisions.ts'

const verifiedRevision = (revision: number, updated = `t${revision}`): VerifiedRevision => ({
  revision,
  updated,
  model: 'digits',
  version: String(revision),
  digest: 'd',
  run: '',
  verifiedAt: '2026-01-01T00:00:00Z',
})
const revisionLine = (revision: number) => ({
  revision,
  updated: `t${revision}`,
  status: 'superseded',
  isRollback: false,
})

test('a new mark drops those of forgotten revisions, of earlier releases, and unreadable ones, and leaves the lease', () => {
  const patch = buildVerifiedRevisionPatch(
    ['revision.1', 'revision.2', 'revision.3', 'revision.5', 'lease'],
    [verifiedRevision(1), verifiedRevision(2), verifiedRevision(3, 'of another release')],
    [revisionLine(2), revisionLine(3), revisionLine(4)],
    verifiedRevision(4),
  )
  expect(patch).toEqual({
    'revision.1': null,
    'revision.3': null,
    'revision.5': null,
    'revision.4': JSON.stringify(verifiedRevision(4)),
  })
})

test('a new mark replaces a stale one of the same number', () => {
  const patch = buildVerifiedRevisionPatch(
    ['revision.4'],
    [verifiedRevision(4, 'of another release')],
    [revisionLine(4)],
    verifiedRevision(4),
  )
  expect(patch).toEqual({ 'revision.4': JSON.stringify(verifiedRevision(4)) })
})

test('a new mark leaves those of revisions that came after the history was read', () => {
  const patch = buildVerifiedRevisionPatch(
    ['revision.1', 'revision.4'],
    [verifiedRevision(1), verifiedRevision(4)],
    [revisionLine(2), revisionLine(3)],
    verifiedRevision(3),
  )
  expect(patch).toEqual({ 'revision.1': null, 'revision.3': JSON.stringify(verifiedRevision(3)) })
})

const live = (over: Partial<LiveRelease>): LiveRelease => ({
  revision: 2,
  releaseModel: 'digits',
  releaseVersion: '7',
  workload: 'deployment/digits',
  pods: [{ name: 'a', ready: true, version: '7' }],
  rolloutComplete: true,
  versionFrom: 'env:MODEL_VERSION',
  ...over,
})

test.each<[string, Partial<LiveRelease>, string | undefined]>([
  ['settled, pods and release agree', {}, '7'],
  ['a rollout is in progress', { rolloutComplete: false }, undefined],
  ['the pods serve another version than the release says', { releaseVersion: '8' }, undefined],
  ['the release names none', { releaseVersion: undefined }, '7'],
  ['the pods name none', { pods: [{ name: 'a', ready: true, version: undefined }] }, ''],
  ['no pod is ready', { pods: [{ name: 'a', ready: false, version: '7' }] }, undefined],
  [
    'pods differ',
    {
      pods: [
        { name: 'a', ready: true, version: '7' },
        { name: 'b', ready: true, version: '8' },
      ],
    },
    undefined,
  ],
])('the version that a live release serves: %s', (_title, over, version) => {
  expect(verifiedVersion(live(over))).toBe(version)
})

test.each<[string, Partial<LiveRelease>, string[], string | undefined]>([
  [
    'the last upgrade failed, and its pods did not take over',
    { rolloutComplete: false },
    ['deployed', 'failed'],
    '7',
  ],
  [
    'no upgrade failed, so the rollout is in progress',
    { rolloutComplete: false },
    ['superseded', 'deployed'],
    undefined,
  ],
  ['another helm is at work', {}, ['deployed', 'pending-upgrade'], undefined],
  ['the pods of the failed one serve', { releaseVersion: '6' }, ['deployed', 'failed'], undefined],
  [
    'the release names no version to know its pods by',
    { releaseVersion: undefined },
    ['deployed', 'failed'],
    undefined,
  ],
  [
    'no pod is ready',
    { pods: [{ name: 'a', ready: false, version: '7' }] },
    ['deployed', 'failed'],
    undefined,
  ],
])('the version that is still served after a failed upgrade: %s', (_title, over, statuses, version) => {
  const history = statuses.map((status, index) => ({ ...revisionLine(index + 1), status }))
  const revision = statuses.indexOf('deployed') + 1
  expect(stillServedVersion(live({ revision, ...over }), history)).toBe(version)
})
