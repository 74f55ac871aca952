import { describe, expect, test } from 'vitest'
import type { VersionRecord } from './champion.ts'
import { buildDemotionTags, choosePrevious, type Demotion, isDemoted } from './demotion.ts'
import { type Tags, versionTags } from './version-tags.ts'

const version = (number: string, tags: Tags = {}): VersionRecord => ({ number, stage: 'None', tags })
const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z']

test.each<[string, Tags, boolean]>([
  ['never demoted', { [versionTags.promotedAt]: early }, false],
  ['demoted', { [versionTags.promotedAt]: early, [versionTags.demotedAt]: late }, true],
  ['demoted and never promoted', { [versionTags.demotedAt]: late }, true],
  ['promoted again', { [versionTags.promotedAt]: late, [versionTags.demotedAt]: early }, false],
])('isDemoted: %s', (_title, tags, expected) => {
  expect(isDemoted(version('2', tags))).toBe(expected)
})

describe('buildDemotionTags', () => {
  const demotion = (changes: Partial<Demotion> = {}): Demotion => ({
    badVersion: version('2', { [versionTags.promotedAt]: early }),
    restored: '1',
    reason: 'accuracy 0.6',
    by: 'ada',
    run: 'https://run',
    at: late,
    quarantine: true,
    digest: 'abc',
    isChampion: true,
    ...changes,
  })
  const reasonTags = {
    [versionTags.demotedTo]: '1',
    [versionTags.demotedBy]: 'ada',
    [versionTags.demotedReason]: 'accuracy 0.6',
    [versionTags.runUrl]: 'https://run',
  }
  const quarantine = {
    [versionTags.quarantined]: 'accuracy 0.6',
    [versionTags.quarantinedAt]: late,
    [versionTags.artifactDigest]: 'abc',
  }

  test('quarantine and reason first, then the completion', () => {
    expect(buildDemotionTags(demotion())).toEqual({
      details: { ...quarantine, ...reasonTags },
      completion: { [versionTags.demotedAt]: late },
    })
  })
  test('no quarantine with quarantine: false, and none over an older one', () => {
    expect(buildDemotionTags(demotion({ quarantine: false })).details).toEqual(reasonTags)
    const bad = version('2', { [versionTags.quarantined]: 'OOMKilled', [versionTags.quarantinedAt]: early })
    expect(buildDemotionTags(demotion({ badVersion: bad, digest: undefined })).details).toEqual(reasonTags)
  })
  test('the missing quarantine tags after a job that died', () => {
    const bad = version('2', { [versionTags.quarantined]: 'slow' })
    const { [versionTags.quarantined]: _, ...rest } = quarantine
    expect(buildDemotionTags(demotion({ badVersion: bad })).details).toEqual({ ...rest, ...reasonTags })
  })
  test('nothing twice, and a cleared quarantine stays cleared', () => {
    const done = { [versionTags.promotedAt]: early, [versionTags.demotedAt]: late }
    const again = (bad: VersionRecord) => buildDemotionTags(demotion({ badVersion: bad, isChampion: false }))
    const nothing = { details: undefined, completion: undefined }
    const named = demotion({ badVersion: version('2', { ...done, [versionTags.quarantined]: 'x' }) })
    expect(buildDemotionTags(named)).toEqual(nothing)
    for (const known of [versionTags.quarantined, versionTags.quarantineCleared])
      expect(again(version('2', { ...done, [known]: 'x' }))).toEqual(nothing)
    expect(again(version('2', done))).toEqual({ details: quarantine, completion: undefined })
  })
  test('all tags again for a version that was cleared and given the alias', () => {
    const bad = version('2', {
      [versionTags.promotedAt]: early,
      [versionTags.demotedAt]: early,
      [versionTags.quarantineCleared]: 'x',
    })
    expect(buildDemotionTags(demotion({ badVersion: bad }))).toEqual({
      details: { ...quarantine, ...reasonTags },
      completion: { [versionTags.demotedAt]: late },
    })
  })
  test('a version that was cleared, promoted and is bad again is quarantined again', () => {
    const bad = version('2', {
      [versionTags.promotedAt]: late,
      [versionTags.demotedAt]: early,
      [versionTags.quarantineCleared]: 'x',
    })
    expect(buildDemotionTags(demotion({ badVersion: bad })).details).toMatchObject(quarantine)
  })
})

describe('choosePrevious', () => {
  const from = (number: string) => ({ [versionTags.promotedFrom]: number })
  const chain = [
    version('1', from('none')),
    version('2', from('1')),
    version('3', from('2')),
    version('4', from('3')),
  ]
  test.each<[string, string | undefined, string, string, VersionRecord[], string | undefined]>([
    ['the champion before the restored one', '3', '3', '4', chain, '2'],
    ['none if the restored version was the first', '1', '1', '2', chain, undefined],
    ['the version that it names, if that is eligible', '1', '3', '4', chain, '1'],
    ['never the bad version', '4', '3', '4', chain, '2'],
    ['without an alias, too', undefined, '3', '4', chain, '2'],
    [
      'not one that is in quarantine',
      '3',
      '3',
      '4',
      [
        ...chain.slice(0, 1),
        version('2', { ...from('1'), [versionTags.quarantined]: 'x' }),
        ...chain.slice(2),
      ],
      '1',
    ],
    [
      'not a demoted one',
      '3',
      '3',
      '4',
      [
        ...chain.slice(0, 1),
        version('2', { ...from('1'), [versionTags.demotedAt]: late }),
        ...chain.slice(2),
      ],
      '1',
    ],
    [
      'not one with the files of the bad one',
      '2',
      '3',
      '4',
      [
        version('1'),
        version('2', { [versionTags.artifactDigest]: 'd' }),
        version('3', from('2')),
        version('4', { [versionTags.artifactDigest]: 'd' }),
      ],
      undefined,
    ],
    ['not a missing one', '7', '3', '4', chain, '2'],
    [
      'a cycle of promoted-from tags',
      '1',
      '1',
      '2',
      [version('1', from('2')), version('2', from('1'))],
      undefined,
    ],
  ])('%s', (_title, current, restored, bad, versions, expected) => {
    expect(choosePrevious(current, { restored, badVersion: bad }, versions)).toBe(expected)
  })
})
