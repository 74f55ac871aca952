import { describe, expect, it } from 'vitest'
import {
  day,
  liveWith,
  markOf,
  pods,
  promoted,
  readingWith,
  record,
  revision,
} from '../../test/fakes/reading.ts'
import { ledger } from './ledger.ts'
import { firstOf, judge } from './reconcile.ts'
import { FINDING_KINDS, type FindingKind, type Reading } from './reconcile-reading.ts'

type Row = [what: string, reading: Reading, consistent: string, kinds: FindingKind[], said: string]

const quarantined = { [ledger.quarantined]: 'killed for memory' }
const demoted = { [ledger.demotedAt]: day(3), [ledger.demotedTo]: '1', [ledger.demotedReason]: 'slow' }
const two = (tags = {}, first = {}) => [record('1', promoted(1, first)), record('2', promoted(2, tags))]
const dead = (left?: string) => ({
  words: 'helm-deploy of https://x/runs/1 (since 12:00)',
  alive: false,
  left,
})

/** Version 2 served, then 3; a job went back to 2 by revision 4, and the alias follows what serves. */
const wentBack = ({ tags = {}, run = 'https://x/runs/9', later = [] as [number, string][] } = {}) => {
  const [newest, version] = later.at(-1) ?? [4, '2']
  return readingWith({
    versions: [record('2', promoted(4)), record('3', promoted(3, tags)), record('5', promoted(5))],
    aliases: { champion: version },
    history: [
      revision(2, 'superseded'),
      revision(3, 'superseded'),
      revision(4, newest === 4 ? 'deployed' : 'superseded', 'Rollback to 2'),
      ...later.map(([number]) => revision(number)),
    ],
    marks: [
      markOf(2, '2'),
      markOf(3, '3'),
      { ...markOf(4, '2'), run },
      ...later.map(([number, served]) => markOf(number, served)),
    ],
    live: liveWith({ revision: newest, releaseVersion: version, pods: pods(version) }),
  })
}
const LOST =
  'Release digits went back from version 3 to version 2 (revision 4, by https://x/runs/9), and the ledger of version 3 does not say why.'

const rows: Row[] = [
  ['a job went back, and died before it was told why', wentBack(), 'false', ['gone-back', 'ledger'], LOST],
  [
    'that is not forgotten when a better one is live',
    wentBack({ later: [[5, '5']] }),
    'false',
    ['gone-back'],
    LOST,
  ],
  ['a person went back', wentBack({ run: '', later: [[5, '5']] }), 'true', [], ''],
  [
    'what a job went back from is in quarantine',
    wentBack({ tags: quarantined, later: [[5, '5']] }),
    'true',
    [],
    '',
  ],
  [
    'what a job went back from was taken back in the ledger too',
    wentBack({ tags: { ...demoted, [ledger.demotedAt]: day(4) }, later: [[5, '5']] }),
    'true',
    [],
    '',
  ],
  [
    'what a job went back from was let through again, and is live',
    wentBack({ tags: { [ledger.promotedAt]: day(6) }, later: [[5, '3']] }),
    'true',
    [],
    '',
  ],
  ['all agree', readingWith(), 'true', [], ''],
  [
    'the alias is behind',
    readingWith({ aliases: { champion: '1' } }),
    'false',
    ['alias-and-release', 'ledger'],
    'Alias champion says version 1, the values of revision 2 of release digits say version 2, and its ready pods serve 2.',
  ],
  [
    'the alias is behind, and the values name no version',
    readingWith({
      aliases: { champion: '1' },
      versions: [record('1', promoted(1)), record('2', { [ledger.verdict]: 'promote' })],
      live: liveWith({ releaseVersion: undefined }),
    }),
    'false',
    ['alias-and-release'],
    'Alias champion says version 1, the ready pods of revision 2 of release digits serve version 2.',
  ],
  [
    'the pods serve what the values do not say',
    readingWith({ live: liveWith({ pods: pods('1', '1') }) }),
    'false',
    ['values-and-pods'],
    'The values of revision 2 of release digits say version 2, its ready pods serve 1.',
  ],
  [
    'the pods differ',
    readingWith({ live: liveWith({ pods: pods('1', '2'), settled: false }) }),
    'false',
    ['pods-differ'],
    'The ready pods of revision 2 of release digits serve versions 1 and 2.',
  ],
  [
    'no pod is ready',
    readingWith({
      live: liveWith({ pods: pods('2').map((pod) => ({ ...pod, ready: false })), settled: false }),
    }),
    'unknown',
    ['no-pod'],
    'No pod of deployment/digits is ready, so what revision 2 of release digits serves is unknown.',
  ],
  [
    'it is scaled to zero',
    readingWith({ live: liveWith({ pods: [], settled: false }) }),
    'unknown',
    ['no-pod'],
    'No pod of deployment/digits is ready, so what revision 2 of release digits serves is unknown.',
  ],
  [
    'no pod is ready, and the alias is behind the values',
    readingWith({ aliases: { champion: '1' }, live: liveWith({ pods: [], settled: false }) }),
    'false',
    ['alias-and-release', 'ledger', 'no-pod'],
    'Alias champion says version 1, the values of revision 2 of release digits say version 2.',
  ],
  [
    'the pods name nothing',
    readingWith({ live: liveWith({ pods: pods(undefined) }) }),
    'unknown',
    ['unnamed'],
    'By env:MODEL_VERSION, pod-0 of release digits name no version.',
  ],
  [
    'one pod of two is ready, and serves the right one',
    readingWith({
      live: liveWith({ pods: [...pods('2'), { name: 'late', ready: false, version: '2' }], settled: false }),
    }),
    'true',
    [],
    '',
  ],
  [
    'the release serves another model',
    readingWith({ live: liveWith({ releaseModel: 'digits' }) }),
    'false',
    ['other-model'],
    'Revision 2 of release digits serves the model digits, not fraud.',
  ],
  [
    'there is a champion and no release',
    readingWith({ live: undefined, history: [] }),
    'false',
    ['no-release'],
    'Alias champion says version 2, but release digits has no deployed revision, so nothing is known to serve it.',
  ],
  [
    'there is a champion, and a release whose rollback Helm recorded as failed',
    readingWith({ live: undefined, history: [revision(1, 'superseded'), revision(2, 'failed')] }),
    'false',
    ['no-release'],
    'Alias champion says version 2, but release digits has no deployed revision (its last one, 2, is failed), so nothing is known to serve it.',
  ],
  [
    'there is a release and no champion',
    readingWith({ aliases: {}, versions: [record('2')] }),
    'false',
    ['no-alias', 'live-unjudged'],
    'There is no alias champion, but revision 2 of release digits is live with version 2.',
  ],
  [
    'nothing is there yet',
    readingWith({ aliases: {}, versions: [record('1')], live: undefined, history: [] }),
    'unknown',
    ['nothing'],
    'Nothing is in production: fraud has no champion, and release digits has no deployed revision.',
  ],
  [
    'the alias points at nothing',
    readingWith({ aliases: { champion: '9' } }),
    'false',
    ['champion-unclear'],
    'Nobody can say which version is champion: alias champion points at version 9, which the registry does not list. Run the action promote with adopt: true, which records what is live as champion.',
  ],
  [
    'the champion does not load',
    readingWith({ unloadable: new Map([['2', 'has no MLmodel file any more']]) }),
    'false',
    ['champion-unloadable'],
    'Alias champion points at version 2, which has no MLmodel file any more.',
  ],
  [
    'the server does not list the files of the champion, which says nothing against them',
    readingWith({ unlisted: new Map([['2', 'cannot be looked at: the files are at s3://b']]) }),
    'true',
    ['champion-unlisted'],
    '',
  ],
  [
    'what is live is in quarantine',
    readingWith({ versions: two(quarantined) }),
    'false',
    ['live-quarantined'],
    'Version 2, which revision 2 of release digits serves, is in quarantine: killed for memory.',
  ],
  [
    'the alias points into quarantine, and the pods elsewhere',
    readingWith({
      versions: two({ ...quarantined, ...demoted }),
      live: liveWith({ releaseVersion: '1', pods: pods('1') }),
    }),
    'false',
    ['alias-and-release', 'champion-quarantined', 'ledger'],
    'Alias champion says version 2, the values of revision 2 of release digits say version 1, and its ready pods serve 1.',
  ],
  [
    'the alias points at what was taken back',
    readingWith({ versions: two(demoted), live: liveWith({ releaseVersion: '1', pods: pods('1') }) }),
    'false',
    ['alias-and-release', 'champion-demoted', 'ledger'],
    'Alias champion says version 2, the values of revision 2 of release digits say version 1, and its ready pods serve 1.',
  ],
  [
    'what was taken back still serves',
    readingWith({ versions: two(demoted) }),
    'false',
    ['live-demoted', 'ledger'],
    'Version 2, which revision 2 of release digits serves, was taken back on 2026-11-03T12:00:00.000Z: slow.',
  ],
  [
    'what was taken back was promoted again',
    readingWith({ versions: two({ ...demoted, [ledger.promotedAt]: day(4) }) }),
    'true',
    [],
    '',
  ],
  [
    'what serves is of another registry',
    readingWith({ aliases: { champion: '1' }, versions: [record('1', promoted(1))] }),
    'false',
    ['alias-and-release', 'live-unregistered'],
    'Alias champion says version 1, the values of revision 2 of release digits say version 2, and its ready pods serve 2.',
  ],
  [
    'what serves was rejected',
    readingWith({ versions: [record('1', promoted(1)), record('2', { [ledger.verdict]: 'reject' })] }),
    'false',
    ['live-unjudged', 'ledger'],
    'Version 2, which revision 2 of release digits serves, has the verdict reject.',
  ],
  [
    'what serves was adopted',
    readingWith({ versions: [record('1'), record('2', { [ledger.adopted]: 'then by ada' })] }),
    'true',
    [],
    '',
  ],
  [
    'the ledger says another was promoted last',
    readingWith({ versions: [record('1', promoted(5)), record('2', promoted(2))] }),
    'false',
    ['ledger'],
    'The last word of the ledger is that version 1 was promoted on 2026-11-05T12:00:00.000Z, but champion is version 2.',
  ],
  [
    'a demotion restored the champion past the one promoted before it',
    readingWith({
      versions: [
        record('2', promoted(1)),
        record('3', promoted(2)),
        record('4', promoted(3, { [ledger.demotedAt]: day(4), [ledger.demotedTo]: '2' })),
      ],
      aliases: { champion: '2' },
    }),
    'true',
    [],
    '',
  ],
  [
    'previous is the champion itself',
    readingWith({ aliases: { champion: '2', previous: '2' } }),
    'false',
    ['previous'],
    'Alias previous points at version 2, as champion does.',
  ],
  [
    'previous is in quarantine',
    readingWith({ versions: two({}, quarantined) }),
    'false',
    ['previous'],
    'Alias previous points at version 1, which is in quarantine: killed for memory.',
  ],
  [
    'stages say another, and nobody asked them',
    readingWith({ versions: [record('1', promoted(1), 'Production'), record('2', promoted(2))] }),
    'true',
    [],
    '',
  ],
  [
    'mirrored stages say another',
    readingWith({
      mirrored: true,
      versions: [record('1', promoted(1), 'Production'), record('2', promoted(2))],
    }),
    'false',
    ['stages'],
    'Version 1 is in stage Production, but champion is version 2.',
  ],
  [
    'two are in Production',
    readingWith({
      mirrored: true,
      versions: [record('1', promoted(1), 'Production'), record('2', promoted(2), 'Production')],
    }),
    'false',
    ['stages'],
    'Versions 1 and 2 are all in stage Production, but champion is version 2.',
  ],
  [
    'the stage says it, where there is no alias',
    readingWith({ aliases: {}, versions: [record('2', promoted(2), 'Production')] }),
    'true',
    ['by-stage'],
    '',
  ],
  ['nobody saw it come up', readingWith({ marks: [] }), 'true', ['never-seen-good'], ''],
  [
    'someone is at work, whatever else there is',
    readingWith({
      aliases: { champion: '1' },
      holder: { words: 'helm-deploy of https://x/runs/1 (since 12:00)', alive: true, left: undefined },
    }),
    'unknown',
    ['under-way'],
    'Release digits is being worked on, by helm-deploy of https://x/runs/1 (since 12:00).',
  ],
  [
    'a helm that nobody knows is at work',
    readingWith({
      history: [revision(2), revision(3, 'pending-upgrade')],
      now: Date.parse(day(3)) + 600_000,
    }),
    'unknown',
    ['under-way'],
    'Another helm is at work: revision 3 of release digits is pending-upgrade since 2026-11-03T12:00:00.000Z.',
  ],
  [
    'that helm is dead',
    readingWith({
      history: [revision(2), revision(3, 'pending-upgrade')],
      now: Date.parse(day(3)) + 600_001,
    }),
    'false',
    ['stuck'],
    'A helm has died over release digits: revision 3 of release digits is pending-upgrade since 2026-11-03T12:00:00.000Z.',
  ],
  [
    'a dead job left a revision half done',
    readingWith({
      history: [revision(2), revision(3, 'pending-upgrade')],
      holder: dead('has died and left release digits half done: revision 3 was left pending-upgrade'),
    }),
    'false',
    ['left-behind'],
    'Helm-deploy of https://x/runs/1 (since 12:00) has died and left release digits half done: revision 3 was left pending-upgrade.',
  ],
  ['a dead job left only its lease', readingWith({ holder: dead() }), 'true', [], ''],
]

describe('judge', () => {
  it.each(rows)('%s', (_what, reading, consistent, kinds, said) => {
    const judgement = judge(reading)
    expect({ ...judgement, findings: judgement.findings.map(({ kind }) => kind) }).toEqual({
      consistent,
      findings: kinds,
    })
    expect(firstOf(judgement)).toBe(said)
  })

  it('has a row for every kind of finding', () => {
    const tried = new Set(rows.flatMap(([, , , kinds]) => kinds))
    expect(FINDING_KINDS.filter((kind) => !tried.has(kind))).toEqual([])
  })

  it('keeps what pods and tags say on one line', () => {
    const reading = readingWith({ live: liveWith({ pods: pods('2\n::error::x', '2\n::error::x') }) })
    expect(firstOf(judge(reading))).toContain('its ready pods serve 2 ::error::x.')
  })
})
