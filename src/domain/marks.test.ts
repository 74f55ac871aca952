import { expect, test } from 'vitest'
import type { Live } from './live.ts'
import { type Mark, markPatch, versionKeptBy, versionProvenBy } from './marks.ts'

const mark = (revision: number, updated = `t${revision}`): Mark => ({
  revision,
  updated,
  model: 'digits',
  version: String(revision),
  digest: 'd',
  run: '',
  provenAt: '2026-01-01T00:00:00Z',
})
const line = (revision: number) => ({
  revision,
  updated: `t${revision}`,
  status: 'superseded',
  chart: '',
  description: '',
})

test('a new mark drops those of forgotten revisions, of earlier releases, and unreadable ones, and leaves the lease', () => {
  const patch = markPatch(
    ['v1', 'v2', 'v3', 'v5', 'lease'],
    [mark(1), mark(2), mark(3, 'of another release')],
    [line(2), line(3), line(4)],
    mark(4),
  )
  expect(patch).toEqual({ v1: null, v3: null, v5: null, v4: JSON.stringify(mark(4)) })
})

test('a new mark replaces a stale one of the same number', () => {
  const patch = markPatch(['v4'], [mark(4, 'of another release')], [line(4)], mark(4))
  expect(patch).toEqual({ v4: JSON.stringify(mark(4)) })
})

test('a new mark leaves those of revisions that came after the history was read', () => {
  const patch = markPatch(['v1', 'v4'], [mark(1), mark(4)], [line(2), line(3)], mark(3))
  expect(patch).toEqual({ v1: null, v3: JSON.stringify(mark(3)) })
})

const live = (over: Partial<Live>): Live => ({
  revision: 2,
  releaseModel: 'digits',
  releaseVersion: '7',
  workload: 'deployment/digits',
  pods: [{ name: 'a', ready: true, version: '7' }],
  settled: true,
  proof: 'env:MODEL_VERSION',
  ...over,
})

test.each<[string, Partial<Live>, string | undefined]>([
  ['settled, pods and release agree', {}, '7'],
  ['a rollout is under way', { settled: false }, undefined],
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
])('what is found before counts as seen good: %s', (_title, over, version) => {
  expect(versionProvenBy(live(over))).toBe(version)
})

test.each<[string, Partial<Live>, string[], string | undefined]>([
  [
    'the last upgrade failed, and its pods did not take over',
    { settled: false },
    ['deployed', 'failed'],
    '7',
  ],
  [
    'no upgrade failed, so the rollout is under way',
    { settled: false },
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
])('what serves still after a failed upgrade is the way back to: %s', (_title, over, statuses, version) => {
  const history = statuses.map((status, index) => ({ ...line(index + 1), status }))
  const revision = statuses.indexOf('deployed') + 1
  expect(versionKeptBy(live({ revision, ...over }), history)).toBe(version)
})
