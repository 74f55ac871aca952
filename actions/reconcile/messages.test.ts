import { describe, expect, it } from 'vitest'
import { checkConsistency } from '../../src/domain/reconcile/consistency.ts'
import type { RepairRefusal } from '../../src/domain/reconcile/repair.ts'
import {
  FINDING_SEVERITIES,
  type FindingKind,
  type Snapshot,
  type UnfinishedWork,
} from '../../src/domain/reconcile/snapshot.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import {
  day,
  fakeLive,
  fakePods,
  fakeSnapshot,
  promotedTags,
  revision,
  verifiedRevisionAt,
  versionRecord,
} from '../../test/fakes/snapshot.ts'
import { describeFinding, describeMostSevere, describeRefusal } from './messages.ts'

type Row = [what: string, snapshot: Snapshot, consistent: string, kinds: FindingKind[], message: string]

const quarantined = { [versionTags.quarantined]: 'killed for memory' }
const demoted = {
  [versionTags.demotedAt]: day(3),
  [versionTags.demotedTo]: '1',
  [versionTags.demotedReason]: 'slow',
}
const twoVersions = (tags = {}, first = {}) => [
  versionRecord('1', promotedTags(1, first)),
  versionRecord('2', promotedTags(2, tags)),
]
const expiredHolder = (unfinishedWork?: UnfinishedWork) => ({
  description: 'helm-deploy of https://x/runs/1 (since 12:00)',
  isLive: false,
  unfinishedWork,
})

/** Version 2 was live, then 3. A job rolled back to 2 in revision 4, and the alias followed. */
const rolledBack = ({ tags = {}, run = 'https://x/runs/9', later = [] as [number, string][] } = {}) => {
  const [newest, version] = later.at(-1) ?? [4, '2']
  return fakeSnapshot({
    versions: [
      versionRecord('2', promotedTags(4)),
      versionRecord('3', promotedTags(3, tags)),
      versionRecord('5', promotedTags(5)),
    ],
    aliases: { champion: version },
    history: [
      revision(2, 'superseded'),
      revision(3, 'superseded'),
      revision(4, newest === 4 ? 'deployed' : 'superseded', 2),
      ...later.map(([number]) => revision(number)),
    ],
    verifiedRevisions: [
      verifiedRevisionAt(2, '2'),
      verifiedRevisionAt(3, '3'),
      { ...verifiedRevisionAt(4, '2'), run },
      ...later.map(([number, served]) => verifiedRevisionAt(number, served)),
    ],
    live: fakeLive({ revision: newest, releaseVersion: version, pods: fakePods(version) }),
  })
}
const UNRECORDED_ROLLBACK =
  'Release digits was rolled back from version 3 to version 2 (revision 4, by https://x/runs/9), but the tags of version 3 do not record why.'

const rows: Row[] = [
  [
    'a job rolled back and died before demote ran',
    rolledBack(),
    'false',
    ['rollback-unrecorded', 'version-tags'],
    UNRECORDED_ROLLBACK,
  ],
  [
    'a rollback is still unrecorded after a newer version went live',
    rolledBack({ later: [[5, '5']] }),
    'false',
    ['rollback-unrecorded'],
    UNRECORDED_ROLLBACK,
  ],
  ['a manual rollback', rolledBack({ run: '', later: [[5, '5']] }), 'true', [], ''],
  [
    'a rollback from a version that is quarantined',
    rolledBack({ tags: quarantined, later: [[5, '5']] }),
    'true',
    [],
    '',
  ],
  [
    'a rollback from a version that is demoted',
    rolledBack({ tags: { ...demoted, [versionTags.demotedAt]: day(4) }, later: [[5, '5']] }),
    'true',
    [],
    '',
  ],
  [
    'a rollback from a version that was promoted again and is live',
    rolledBack({ tags: { [versionTags.promotedAt]: day(6) }, later: [[5, '3']] }),
    'true',
    [],
    '',
  ],
  ['a consistent state', fakeSnapshot(), 'true', [], ''],
  [
    'an outdated alias',
    fakeSnapshot({ aliases: { champion: '1' } }),
    'false',
    ['alias-release-mismatch', 'version-tags'],
    'Alias champion points to version 1, but the values of revision 2 of release digits name version 2, and its ready pods serve version 2.',
  ],
  [
    'an outdated alias, with values that name no version',
    fakeSnapshot({
      aliases: { champion: '1' },
      versions: [
        versionRecord('1', promotedTags(1)),
        versionRecord('2', { [versionTags.verdict]: 'promote' }),
      ],
      live: fakeLive({ releaseVersion: undefined }),
    }),
    'false',
    ['alias-release-mismatch'],
    'Alias champion points to version 1, but the ready pods of revision 2 of release digits serve version 2.',
  ],
  [
    'pods that serve another version than the values name',
    fakeSnapshot({ live: fakeLive({ pods: fakePods('1', '1') }) }),
    'false',
    ['values-pods-mismatch'],
    'The values of revision 2 of release digits name version 2, but its ready pods serve version 1.',
  ],
  [
    'pods that serve different versions',
    fakeSnapshot({ live: fakeLive({ pods: fakePods('1', '2'), rolloutComplete: false }) }),
    'false',
    ['pods-mismatch'],
    'The ready pods of revision 2 of release digits serve different versions: 1 and 2.',
  ],
  [
    'no ready pod',
    fakeSnapshot({
      live: fakeLive({
        pods: fakePods('2').map((pod) => ({ ...pod, ready: false })),
        rolloutComplete: false,
      }),
    }),
    'unknown',
    ['no-ready-pods'],
    'No pod of deployment/digits is ready, so the version that revision 2 of release digits serves is unknown.',
  ],
  [
    'a release that is scaled to zero',
    fakeSnapshot({ live: fakeLive({ pods: [], rolloutComplete: false }) }),
    'unknown',
    ['no-ready-pods'],
    'No pod of deployment/digits is ready, so the version that revision 2 of release digits serves is unknown.',
  ],
  [
    'no ready pod, and an outdated alias',
    fakeSnapshot({ aliases: { champion: '1' }, live: fakeLive({ pods: [], rolloutComplete: false }) }),
    'false',
    ['alias-release-mismatch', 'version-tags', 'no-ready-pods'],
    'Alias champion points to version 1, but the values of revision 2 of release digits name version 2.',
  ],
  [
    'pods that name no version',
    fakeSnapshot({ live: fakeLive({ pods: fakePods(undefined) }) }),
    'unknown',
    ['version-unknown'],
    'env:MODEL_VERSION finds no version in pod-0 of release digits.',
  ],
  [
    'one ready pod of two, with the right version',
    fakeSnapshot({
      live: fakeLive({
        pods: [...fakePods('2'), { name: 'late', ready: false, version: '2' }],
        rolloutComplete: false,
      }),
    }),
    'true',
    [],
    '',
  ],
  [
    'a release whose pods cannot be read',
    fakeSnapshot({ live: undefined, unwatched: 'Release digits has InferenceService fraud.' }),
    'unknown',
    ['workload-unwatched'],
    'Release digits has InferenceService fraud.',
  ],
  [
    'a release of another model',
    fakeSnapshot({ live: fakeLive({ releaseModel: 'digits' }) }),
    'false',
    ['other-model'],
    'Revision 2 of release digits serves model digits, not fraud.',
  ],
  [
    'a champion without a release',
    fakeSnapshot({ live: undefined, history: [] }),
    'false',
    ['no-release'],
    'Alias champion points to version 2, but release digits has no deployed revision.',
  ],
  [
    'a champion, and a release with a failed rollback',
    fakeSnapshot({ live: undefined, history: [revision(1, 'superseded'), revision(2, 'failed')] }),
    'false',
    ['no-release'],
    'Alias champion points to version 2, but release digits has no deployed revision (its last one, 2, is failed).',
  ],
  [
    'a release without a champion',
    fakeSnapshot({ aliases: {}, versions: [versionRecord('2')] }),
    'false',
    ['no-alias', 'live-unevaluated'],
    'Alias champion does not exist, but revision 2 of release digits is live with version 2.',
  ],
  [
    'nothing deployed yet',
    fakeSnapshot({ aliases: {}, versions: [versionRecord('1')], live: undefined, history: [] }),
    'unknown',
    ['not-deployed'],
    'Nothing is deployed: fraud has no champion, and release digits has no deployed revision.',
  ],
  [
    'an alias to a version that does not exist',
    fakeSnapshot({ aliases: { champion: '9' } }),
    'false',
    ['champion-unclear'],
    'The champion is unclear: alias champion points at version 9, which the registry does not list. Run the action promote with adopt: true, which records what is live as champion.',
  ],
  [
    'a champion that does not load',
    fakeSnapshot({ unloadable: new Map([['2', 'has no MLmodel file']]) }),
    'false',
    ['champion-unloadable'],
    'Alias champion points to version 2, which has no MLmodel file.',
  ],
  [
    'a champion whose files the server does not list',
    fakeSnapshot({ unverifiable: new Map([['2', 'cannot be verified: the files are at s3://b']]) }),
    'true',
    ['champion-unverifiable'],
    '',
  ],
  [
    'a live version that is quarantined',
    fakeSnapshot({ versions: twoVersions(quarantined) }),
    'false',
    ['live-quarantined'],
    'Version 2, which is live in revision 2 of release digits, is quarantined: killed for memory.',
  ],
  [
    'a quarantined champion, while another version is live',
    fakeSnapshot({
      versions: twoVersions({ ...quarantined, ...demoted }),
      live: fakeLive({ releaseVersion: '1', pods: fakePods('1') }),
    }),
    'false',
    ['alias-release-mismatch', 'champion-quarantined', 'version-tags'],
    'Alias champion points to version 2, but the values of revision 2 of release digits name version 1, and its ready pods serve version 1.',
  ],
  [
    'a demoted champion, while another version is live',
    fakeSnapshot({
      versions: twoVersions(demoted),
      live: fakeLive({ releaseVersion: '1', pods: fakePods('1') }),
    }),
    'false',
    ['alias-release-mismatch', 'champion-demoted', 'version-tags'],
    'Alias champion points to version 2, but the values of revision 2 of release digits name version 1, and its ready pods serve version 1.',
  ],
  [
    'a demoted version that is still live',
    fakeSnapshot({ versions: twoVersions(demoted) }),
    'false',
    ['live-demoted', 'version-tags'],
    'Version 2, which is live in revision 2 of release digits, was demoted on 2026-11-03T12:00:00.000Z: slow.',
  ],
  [
    'a demoted version that was promoted again',
    fakeSnapshot({ versions: twoVersions({ ...demoted, [versionTags.promotedAt]: day(4) }) }),
    'true',
    [],
    '',
  ],
  [
    'a live version that the registry does not list',
    fakeSnapshot({ aliases: { champion: '1' }, versions: [versionRecord('1', promotedTags(1))] }),
    'false',
    ['alias-release-mismatch', 'live-unregistered'],
    'Alias champion points to version 1, but the values of revision 2 of release digits name version 2, and its ready pods serve version 2.',
  ],
  [
    'a live version that was rejected',
    fakeSnapshot({
      versions: [
        versionRecord('1', promotedTags(1)),
        versionRecord('2', { [versionTags.verdict]: 'reject' }),
      ],
    }),
    'false',
    ['live-unevaluated', 'version-tags'],
    'Version 2, which is live in revision 2 of release digits, has the verdict reject.',
  ],
  [
    'a live version that was adopted',
    fakeSnapshot({
      versions: [versionRecord('1'), versionRecord('2', { [versionTags.adopted]: 'then by ada' })],
    }),
    'true',
    [],
    '',
  ],
  [
    'version tags that record another champion',
    fakeSnapshot({ versions: [versionRecord('1', promotedTags(5)), versionRecord('2', promotedTags(2))] }),
    'false',
    ['version-tags'],
    'The version tags record that version 1 was promoted on 2026-11-05T12:00:00.000Z. Alias champion points to version 2.',
  ],
  [
    'a demotion that restored an older champion',
    fakeSnapshot({
      versions: [
        versionRecord('2', promotedTags(1)),
        versionRecord('3', promotedTags(2)),
        versionRecord(
          '4',
          promotedTags(3, { [versionTags.demotedAt]: day(4), [versionTags.demotedTo]: '2' }),
        ),
      ],
      aliases: { champion: '2' },
    }),
    'true',
    [],
    '',
  ],
  [
    'previous is the same as champion',
    fakeSnapshot({ aliases: { champion: '2', previous: '2' } }),
    'false',
    ['previous-alias'],
    'Alias previous points to version 2, as does champion.',
  ],
  [
    'previous is quarantined',
    fakeSnapshot({ versions: twoVersions({}, quarantined) }),
    'false',
    ['previous-alias'],
    'Alias previous points to version 1, which is quarantined: killed for memory.',
  ],
  [
    'outdated stages without mirror-stages',
    fakeSnapshot({
      versions: [versionRecord('1', promotedTags(1), 'Production'), versionRecord('2', promotedTags(2))],
    }),
    'true',
    [],
    '',
  ],
  [
    'outdated stages with mirror-stages',
    fakeSnapshot({
      mirrorStages: true,
      versions: [versionRecord('1', promotedTags(1), 'Production'), versionRecord('2', promotedTags(2))],
    }),
    'false',
    ['stages'],
    'Stage Production holds version 1. Alias champion points to version 2.',
  ],
  [
    'two versions in stage Production',
    fakeSnapshot({
      mirrorStages: true,
      versions: [
        versionRecord('1', promotedTags(1), 'Production'),
        versionRecord('2', promotedTags(2), 'Production'),
      ],
    }),
    'false',
    ['stages'],
    'Stage Production holds version 1 and 2. Alias champion points to version 2.',
  ],
  [
    'a champion by stage, without an alias',
    fakeSnapshot({ aliases: {}, versions: [versionRecord('2', promotedTags(2), 'Production')] }),
    'true',
    ['champion-from-stage'],
    '',
  ],
  ['a revision that was never verified', fakeSnapshot({ verifiedRevisions: [] }), 'true', ['unverified'], ''],
  [
    'a live lease hides all other findings',
    fakeSnapshot({
      aliases: { champion: '1' },
      holder: {
        description: 'helm-deploy of https://x/runs/1 (since 12:00)',
        isLive: true,
        unfinishedWork: undefined,
      },
    }),
    'unknown',
    ['in-progress'],
    'Release digits is locked by helm-deploy of https://x/runs/1 (since 12:00), which may still be running.',
  ],
  [
    'a pending revision of an unknown Helm process',
    fakeSnapshot({
      history: [revision(2), revision(3, 'pending-upgrade')],
      now: Date.parse(day(3)) + 600_000,
    }),
    'unknown',
    ['in-progress'],
    'A Helm operation is in progress: revision 3 of release digits has been pending-upgrade since 2026-11-03T12:00:00.000Z.',
  ],
  [
    'a pending revision of an unknown Helm process that timed out',
    fakeSnapshot({
      history: [revision(2), revision(3, 'pending-upgrade')],
      now: Date.parse(day(3)) + 600_001,
    }),
    'false',
    ['release-locked'],
    'Release digits is locked by a Helm process that ended: revision 3 of release digits has been pending-upgrade since 2026-11-03T12:00:00.000Z.',
  ],
  [
    'an interrupted operation',
    fakeSnapshot({
      history: [revision(2), revision(3, 'pending-upgrade')],
      holder: expiredHolder({ kind: 'release-incomplete', reason: 'revision 3 was left pending-upgrade' }),
    }),
    'false',
    ['interrupted'],
    'Helm-deploy of https://x/runs/1 (since 12:00) was interrupted and left release digits incomplete: revision 3 was left pending-upgrade.',
  ],
  ['an expired lease without unfinished work', fakeSnapshot({ holder: expiredHolder() }), 'true', [], ''],
]

describe('checkConsistency and describeMostSevere', () => {
  it.each(rows)('%s', (_what, snapshot, consistent, kinds, message) => {
    const result = checkConsistency(snapshot)
    expect({ ...result, findings: result.findings.map(({ kind }) => kind) }).toEqual({
      consistent,
      findings: kinds,
    })
    expect(describeMostSevere(result, snapshot)).toBe(message)
  })

  it('cover every kind of finding', () => {
    const covered = new Set<string>(rows.flatMap(([, , , kinds]) => kinds))
    expect(Object.keys(FINDING_SEVERITIES).filter((kind) => !covered.has(kind))).toEqual([])
  })

  it('keep text of pods and tags on one line', () => {
    const pods = fakePods('2\n::error::x', '2\n::error::x')
    const snapshot = fakeSnapshot({ live: fakeLive({ pods }) })
    expect(describeMostSevere(checkConsistency(snapshot), snapshot)).toContain(
      'its ready pods serve version 2 ::error::x.',
    )
  })
})

describe('describeRefusal', () => {
  const holder = expiredHolder({ kind: 'failure-unrecorded', versions: ['7', '8'] })
  const rollback = { from: '3', verifiedRevision: { ...verifiedRevisionAt(4, '2'), run: 'https://x/runs/9' } }
  it.each<[RepairRefusal, string]>([
    [
      { kind: 'in-progress', pending: undefined },
      'Release digits is locked by helm-deploy of https://x/runs/1 (since 12:00), which may still be running.',
    ],
    [
      { kind: 'interrupted', work: holder.unfinishedWork ?? { kind: 'failure-unrecorded', versions: [] } },
      'Helm-deploy of https://x/runs/1 (since 12:00) could not write the failure of version 7, 8 to its tags.',
    ],
    [
      { kind: 'release-locked', pending: revision(3, 'pending-rollback') },
      `Release digits is locked by a Helm process that ended: revision 3 of release digits has been pending-rollback since ${day(3)}.`,
    ],
    [
      { kind: 'no-release' },
      'Alias champion points to version 2, but release digits has no deployed revision (its last one, 2, is deployed).',
    ],
    [{ kind: 'other-model', model: 'churn' }, 'Revision 2 of release digits serves model churn, not fraud.'],
    [
      { kind: 'pods-mismatch', versions: ['1', '2'] },
      'The ready pods of revision 2 of release digits serve different versions: 1 and 2.',
    ],
    [
      { kind: 'values-pods-mismatch', served: '3' },
      'The values of revision 2 of release digits name version 2, but its ready pods serve version 3.',
    ],
    [
      { kind: 'values-unversioned', served: '2' },
      'The values of revision 2 of release digits name no version, but its ready pods serve version 2.',
    ],
    [{ kind: 'rollout-incomplete' }, 'The rollout of revision 2 of release digits is not complete.'],
    [{ kind: 'rollback-unrecorded', rollback }, UNRECORDED_ROLLBACK],
    [
      { kind: 'live-unregistered', version: '2' },
      'The registry does not list version 2, which is live in revision 2 of release digits.',
    ],
    [
      { kind: 'live-unevaluated', version: '2', ineligibility: { kind: 'verdict', verdict: 'reject' } },
      'Version 2, which is live in revision 2 of release digits, has the verdict reject.',
    ],
    [
      { kind: 'live-unevaluated', version: '2', ineligibility: { kind: 'other-files' } },
      'Version 2, which is live in revision 2 of release digits, has other files now than its version tags record.',
    ],
    [
      { kind: 'live-unevaluated', version: '2', ineligibility: { kind: 'not-evaluated' } },
      'Version 2, which is live in revision 2 of release digits, was never judged, promoted or adopted.',
    ],
    [
      { kind: 'live-unloadable', version: '2', reason: 'has files that reconcile cannot read' },
      'Version 2, which is live in revision 2 of release digits, has files that reconcile cannot read.',
    ],
  ])('%o', (refusal, words) => {
    const snapshot = fakeSnapshot({ holder })
    expect(describeRefusal(refusal, snapshot)).toBe(`The aliases were not changed. ${words}`)
  })
})

describe('describeFinding', () => {
  it('names the version to demote in its hint', () => {
    const snapshot = rolledBack()
    const [finding] = checkConsistency(snapshot).findings
    expect(finding && describeFinding(finding, snapshot).hint).toContain('model-version: 3 and the reason')
  })
})
