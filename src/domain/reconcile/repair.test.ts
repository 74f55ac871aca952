import { describe, expect, it } from 'vitest'
import {
  day,
  fakeLive,
  fakePods,
  fakeSnapshot,
  promotedTags,
  revision,
  verifiedRevisionAt,
  versionRecord,
} from '../../../test/fakes/snapshot.ts'
import { type Tags, versionTags } from '../registry/version-tags.ts'
import { planRepair, type RepairRefusal } from './repair.ts'
import type { Snapshot } from './snapshot.ts'

const laggingAlias = (changes: Parameters<typeof fakeSnapshot>[0] = {}) =>
  fakeSnapshot({ aliases: { champion: '1' }, ...changes })
const second = (tags: Tags) => [versionRecord('1', promotedTags(1)), versionRecord('2', tags)]
const promoteVerdict = { [versionTags.verdict]: 'promote', [versionTags.artifactDigest]: 'judged' }
/** Version 2 was live, then 3. Revision 4 is a rollback to 2, by the job of `run` or manual. */
const rolledBack = (run = '') => ({
  history: [revision(2, 'superseded'), revision(3, 'superseded'), revision(4, 'deployed', 2)],
  verifiedRevisions: [
    verifiedRevisionAt(2, '2'),
    verifiedRevisionAt(3, '3'),
    { ...verifiedRevisionAt(4, '2'), run },
  ],
  live: fakeLive({ revision: 4 }),
})

describe('planRepair', () => {
  it('moves the alias to the verified live version, and previous to the old champion', () => {
    expect(planRepair(laggingAlias(), 'judged')).toEqual({ kind: 'set-aliases', version: '2', previous: '1' })
  })

  it('sets the alias for a first model with a promote verdict', () => {
    const first = fakeSnapshot({ aliases: {}, versions: [versionRecord('2', promoteVerdict)] })
    expect(planRepair(first, 'judged')).toEqual({ kind: 'set-aliases', version: '2', previous: undefined })
  })

  it.each<[string, Snapshot, string | undefined, RepairRefusal]>([
    [
      'the lease is held',
      laggingAlias({ holder: { description: 'promote of X', isLive: true, unfinishedWork: undefined } }),
      'judged',
      { kind: 'in-progress', pending: undefined },
    ],
    [
      'the champion belongs to another release',
      laggingAlias({ championRelease: { kind: 'in-namespace', release: 'old' } }),
      'judged',
      { kind: 'other-release', release: { kind: 'in-namespace', release: 'old' } },
    ],
    [
      'an operation was interrupted',
      laggingAlias({
        holder: {
          description: 'helm-deploy of X',
          isLive: false,
          unfinishedWork: { kind: 'release-incomplete', reason: 'revision 3 was left pending-upgrade' },
        },
      }),
      'judged',
      {
        kind: 'interrupted',
        work: { kind: 'release-incomplete', reason: 'revision 3 was left pending-upgrade' },
      },
    ],
    [
      'a revision is pending',
      laggingAlias({ history: [revision(2), revision(3, 'pending-rollback')] }),
      'judged',
      { kind: 'release-locked', pending: revision(3, 'pending-rollback') },
    ],
    [
      'the release has no deployed revision',
      laggingAlias({ live: undefined }),
      'judged',
      { kind: 'no-release' },
    ],
    [
      'the release serves another model',
      laggingAlias({ live: fakeLive({ releaseModel: 'digits' }) }),
      'judged',
      { kind: 'other-model', model: 'digits' },
    ],
    [
      'the pods serve different versions',
      laggingAlias({ live: fakeLive({ pods: fakePods('1', '2') }) }),
      'judged',
      { kind: 'pods-mismatch', versions: ['1', '2'] },
    ],
    ['no pod is ready', laggingAlias({ live: fakeLive({ pods: [] }) }), 'judged', { kind: 'no-ready-pods' }],
    [
      'the values name another version',
      laggingAlias({ live: fakeLive({ releaseVersion: '3' }) }),
      'judged',
      { kind: 'values-pods-mismatch', served: '2' },
    ],
    [
      'the values name no version',
      laggingAlias({ live: fakeLive({ releaseVersion: undefined }) }),
      'judged',
      { kind: 'values-unversioned', served: '2' },
    ],
    [
      'the rollout is not complete',
      laggingAlias({ live: fakeLive({ rolloutComplete: false }) }),
      'judged',
      { kind: 'rollout-incomplete' },
    ],
    [
      'the live version is not registered',
      laggingAlias({ versions: [versionRecord('1', promotedTags(1))] }),
      'judged',
      { kind: 'live-unregistered', version: '2' },
    ],
    [
      'the live version is quarantined',
      laggingAlias({ quarantined: new Map([['2', 'as version 9, which has the same files: bad']]) }),
      'judged',
      {
        kind: 'live-quarantined',
        version: '2',
        reason: 'is quarantined: as version 9, which has the same files: bad',
      },
    ],
    [
      'the live version does not load',
      laggingAlias({ unloadable: new Map([['2', 'has lost its run: r2 is deleted']]) }),
      'judged',
      { kind: 'live-unloadable', version: '2', reason: 'has lost its run: r2 is deleted' },
    ],
    [
      'the live version was demoted',
      laggingAlias({
        versions: second(promotedTags(2, { [versionTags.demotedAt]: day(3), [versionTags.demotedTo]: '1' })),
      }),
      'judged',
      {
        kind: 'live-demoted',
        version: '2',
        demotion: { at: day(3), reason: undefined },
      },
    ],
    [
      'the files of the live version changed',
      laggingAlias(),
      'tampered',
      { kind: 'live-unevaluated', version: '2', ineligibility: { kind: 'other-files' } },
    ],
    [
      'the files of the live version cannot be read',
      laggingAlias(),
      undefined,
      { kind: 'live-unloadable', version: '2', reason: 'has files that reconcile cannot read' },
    ],
    [
      'the live version was rejected',
      laggingAlias({ versions: second({ [versionTags.verdict]: 'reject' }) }),
      'judged',
      { kind: 'live-unevaluated', version: '2', ineligibility: { kind: 'verdict', verdict: 'reject' } },
    ],
    [
      'the live version was never evaluated',
      laggingAlias({ versions: second({}) }),
      'judged',
      { kind: 'live-unevaluated', version: '2', ineligibility: { kind: 'not-evaluated' } },
    ],
  ])('refuses if %s', (_what, snapshot, digest, refusal) => {
    expect(planRepair(snapshot, digest)).toEqual({ kind: 'refused', refusal })
  })

  describe('after a rollback', () => {
    const afterRollback = (tags: Tags = {}, run = 'https://x/runs/9') =>
      fakeSnapshot({
        aliases: { champion: '3', previous: '2' },
        versions: [versionRecord('2', promotedTags(2)), versionRecord('3', promotedTags(3, tags))],
        ...rolledBack(run),
      })

    it('by a job of this suite leaves the aliases to demote, which also records the quarantine', () => {
      expect(planRepair(afterRollback(), 'judged')).toEqual({
        kind: 'refused',
        refusal: {
          kind: 'rollback-unrecorded',
          rollback: {
            from: '3',
            verifiedRevision: { ...verifiedRevisionAt(4, '2'), run: 'https://x/runs/9' },
          },
        },
      })
    })

    it.each<[string, Snapshot]>([
      ['whose quarantine is recorded', afterRollback({ [versionTags.quarantined]: 'slow' })],
      [
        'whose demotion is recorded',
        afterRollback({ [versionTags.demotedAt]: day(4), [versionTags.demotedTo]: '2' }),
      ],
      ['that was manual', afterRollback({}, '')],
    ])('%s moves the alias to the live version', (_what, snapshot) => {
      expect(planRepair(snapshot, 'judged')).toMatchObject({ kind: 'set-aliases', version: '2' })
    })
  })

  it('accepts a version that was champion before, and one that was adopted', () => {
    const before = { [versionTags.promotedAt]: day(2) }
    expect(planRepair(laggingAlias({ versions: second(before) }), 'any').kind).toBe('set-aliases')
    expect(
      planRepair(laggingAlias({ versions: second({ [versionTags.adopted]: 'by ada' }) }), 'any').kind,
    ).toBe('set-aliases')
  })

  it('sets previous to an earlier champion, never to the version that was rolled back', () => {
    const snapshot = fakeSnapshot({
      aliases: { champion: '3', previous: '2' },
      versions: [
        versionRecord('1', promotedTags(1, { [versionTags.artifactDigest]: 'first' })),
        versionRecord(
          '2',
          promotedTags(2, { [versionTags.promotedFrom]: '1', [versionTags.artifactDigest]: 'judged' }),
        ),
        versionRecord(
          '3',
          promotedTags(3, { [versionTags.promotedFrom]: '2', [versionTags.artifactDigest]: 'third' }),
        ),
      ],
      ...rolledBack(),
    })
    expect(planRepair(snapshot, 'judged')).toEqual({ kind: 'set-aliases', version: '2', previous: '1' })
  })

  it('never sets previous to a version with quarantined files', () => {
    const known = new Map([['1', 'as version 9, which has the same files: bad']])
    expect(planRepair(laggingAlias({ quarantined: known }), 'judged')).toEqual({
      kind: 'set-aliases',
      version: '2',
      previous: undefined,
    })
  })

  it('replaces a previous that may not serve', () => {
    const quarantined = { [versionTags.quarantined]: 'bad', [versionTags.artifactDigest]: 'other' }
    const snapshot = fakeSnapshot({
      versions: [versionRecord('1', promotedTags(1, quarantined)), versionRecord('2', promotedTags(2))],
    })
    expect(planRepair(snapshot, 'judged')).toEqual({ kind: 'set-aliases', version: '2', previous: undefined })
  })
})
