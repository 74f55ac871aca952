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
import { ledger, type Tags } from './ledger.ts'
import type { Reading } from './reconcile-reading.ts'
import { repairOf } from './reconcile-repair.ts'

const behind = (changes: Parameters<typeof readingWith>[0] = {}) =>
  readingWith({ aliases: { champion: '1' }, ...changes })
const second = (tags: Tags) => [record('1', promoted(1)), record('2', tags)]
const judged = { [ledger.verdict]: 'promote', [ledger.artifactDigest]: 'judged' }
/** Version 2 served, then 3; revision 4 went back to 2, by a job of this run or by nobody of ours. */
const wentBack = (run = '') => ({
  history: [revision(2, 'superseded'), revision(3, 'superseded'), revision(4, 'deployed', 'Rollback to 2')],
  marks: [markOf(2, '2'), markOf(3, '3'), { ...markOf(4, '2'), run }],
  live: liveWith({ revision: 4 }),
})

describe('repairOf', () => {
  it('moves the alias to what is proven live, and keeps the one before', () => {
    expect(repairOf(behind(), 'judged')).toEqual({ kind: 'move', version: '2', previous: '1' })
  })

  it('moves it for a first model that the gate let through', () => {
    const first = readingWith({ aliases: {}, versions: [record('2', judged)] })
    expect(repairOf(first, 'judged')).toEqual({ kind: 'move', version: '2', previous: undefined })
  })

  it.each<[string, Reading, string | undefined, string]>([
    [
      'someone is at work',
      behind({ holder: { words: 'promote of X', alive: true, left: undefined } }),
      'judged',
      'release digits is being worked on, by promote of X',
    ],
    [
      'a dead job left it half done',
      behind({
        holder: { words: 'helm-deploy of X', alive: false, left: 'left release digits half done' },
      }),
      'judged',
      'helm-deploy of X left release digits half done',
    ],
    [
      'a revision is pending',
      behind({ history: [revision(2), revision(3, 'pending-rollback')] }),
      'judged',
      'revision 3 of release digits is pending-rollback',
    ],
    ['there is no release', behind({ live: undefined }), 'judged', 'release digits has no deployed revision'],
    [
      'it serves another model',
      behind({ live: liveWith({ releaseModel: 'digits' }) }),
      'judged',
      'release digits serves another model',
    ],
    [
      'the pods differ',
      behind({ live: liveWith({ pods: pods('1', '2') }) }),
      'judged',
      'no one version is seen serving',
    ],
    ['no pod is ready', behind({ live: liveWith({ pods: [] }) }), 'judged', 'no one version is seen serving'],
    [
      'the values say another',
      behind({ live: liveWith({ releaseVersion: '3' }) }),
      'judged',
      'the values of revision 2 say version 3, its pods serve 2',
    ],
    [
      'the values say none',
      behind({ live: liveWith({ releaseVersion: undefined }) }),
      'judged',
      'the values of revision 2 say no version, its pods serve 2',
    ],
    [
      'the rollout goes on',
      behind({ live: liveWith({ settled: false }) }),
      'judged',
      'the rollout of revision 2 is not over',
    ],
    [
      'nobody knows it',
      behind({ versions: [record('1', promoted(1))] }),
      'judged',
      'the registry does not know version 2',
    ],
    [
      'it is in quarantine',
      behind({ quarantined: new Map([['2', 'as version 9, which has the same files: bad']]) }),
      'judged',
      'version 2, which serves, is in quarantine',
    ],
    [
      'it does not load',
      behind({ unloadable: new Map([['2', 'has lost its run: r2 is deleted']]) }),
      'judged',
      'version 2, which serves, has lost its run: r2 is deleted',
    ],
    [
      'it was taken back',
      behind({ versions: second(promoted(2, { [ledger.demotedAt]: day(3), [ledger.demotedTo]: '1' })) }),
      'judged',
      'version 2, which serves, was taken back',
    ],
    [
      'its files are others now',
      behind(),
      'tampered',
      'version 2, which serves, has other files now than those that the ledger speaks of',
    ],
    [
      'its files cannot be read',
      behind(),
      undefined,
      'version 2, which serves, has files that nobody here can read',
    ],
    [
      'it was rejected',
      behind({ versions: second({ [ledger.verdict]: 'reject' }) }),
      'judged',
      'version 2, which serves, has the verdict reject',
    ],
    [
      'it was never judged',
      behind({ versions: second({}) }),
      'judged',
      'version 2, which serves, was never judged, promoted or adopted',
    ],
  ])('refuses where %s', (_what, reading, digest, why) => {
    expect(repairOf(reading, digest)).toEqual({ kind: 'refused', why })
  })

  describe('after a way back', () => {
    const gone = (tags: Tags = {}, run = 'https://x/runs/9') =>
      readingWith({
        aliases: { champion: '3', previous: '2' },
        versions: [record('2', promoted(2)), record('3', promoted(3, tags))],
        ...wentBack(run),
      })

    it('of one of our jobs leaves all of it to demote, or the quarantine would be lost', () => {
      expect(repairOf(gone(), 'judged')).toEqual({
        kind: 'refused',
        why: 'release digits went back from version 3, whose ledger does not say why: run demote',
      })
    })

    it.each<[string, Reading]>([
      ['whose quarantine is written already', gone({ [ledger.quarantined]: 'slow' })],
      ['whose demotion is', gone({ [ledger.demotedAt]: day(4), [ledger.demotedTo]: '2' })],
      ['that a person made with helm', gone({}, '')],
    ])('%s follows what serves', (_what, reading) => {
      expect(repairOf(reading, 'judged')).toMatchObject({ kind: 'move', version: '2' })
    })
  })

  it('takes a version that was champion before for let through, and one that a person adopted', () => {
    const before = { [ledger.promotedAt]: day(2) }
    expect(repairOf(behind({ versions: second(before) }), 'any').kind).toBe('move')
    expect(repairOf(behind({ versions: second({ [ledger.adopted]: 'by ada' }) }), 'any').kind).toBe('move')
  })

  it('makes nobody the one before whom the release went back from, but a champion of earlier days', () => {
    const reading = readingWith({
      aliases: { champion: '3', previous: '2' },
      versions: [
        record('1', promoted(1, { [ledger.artifactDigest]: 'first' })),
        record('2', promoted(2, { [ledger.promotedFrom]: '1', [ledger.artifactDigest]: 'judged' })),
        record('3', promoted(3, { [ledger.promotedFrom]: '2', [ledger.artifactDigest]: 'third' })),
      ],
      ...wentBack(),
    })
    expect(repairOf(reading, 'judged')).toEqual({ kind: 'move', version: '2', previous: '1' })
  })

  it('makes nobody the one before who has the files of a version in quarantine', () => {
    const known = new Map([['1', 'as version 9, which has the same files: bad']])
    expect(repairOf(behind({ quarantined: known }), 'judged')).toEqual({
      kind: 'move',
      version: '2',
      previous: undefined,
    })
  })

  it('sets a previous right that may not serve', () => {
    const quarantined = { [ledger.quarantined]: 'bad', [ledger.artifactDigest]: 'other' }
    const reading = readingWith({
      versions: [record('1', promoted(1, quarantined)), record('2', promoted(2))],
    })
    expect(repairOf(reading, 'judged')).toEqual({ kind: 'move', version: '2', previous: undefined })
  })
})
