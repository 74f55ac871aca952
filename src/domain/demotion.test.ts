import { describe, expect, test } from 'vitest'
import type { VersionRecord } from './champion.ts'
import { type Demotion, demotionTags, isDemoted, previousAfter } from './demotion.ts'
import { ledger, type Tags } from './ledger.ts'

const version = (number: string, tags: Tags = {}): VersionRecord => ({ number, stage: 'None', tags })
const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z']

test.each<[string, Tags, boolean]>([
  ['never demoted', { [ledger.promotedAt]: early }, false],
  ['demoted', { [ledger.promotedAt]: early, [ledger.demotedAt]: late }, true],
  ['demoted and never promoted', { [ledger.demotedAt]: late }, true],
  ['promoted again', { [ledger.promotedAt]: late, [ledger.demotedAt]: early }, false],
])('taken back or not: %s', (_title, tags, expected) => {
  expect(isDemoted(version('2', tags))).toBe(expected)
})

describe('what is written onto the bad version', () => {
  const demotion = (changes: Partial<Demotion> = {}): Demotion => ({
    bad: version('2', { [ledger.promotedAt]: early }),
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
  const story = {
    [ledger.demotedTo]: '1',
    [ledger.demotedBy]: 'ada',
    [ledger.demotedReason]: 'accuracy 0.6',
    [ledger.runUrl]: 'https://run',
  }
  const quarantine = {
    [ledger.quarantined]: 'accuracy 0.6',
    [ledger.quarantinedAt]: late,
    [ledger.artifactDigest]: 'abc',
  }

  test('its quarantine and its story, and last of all that it is complete', () => {
    expect(demotionTags(demotion())).toEqual({
      told: { ...quarantine, ...story },
      done: { [ledger.demotedAt]: late },
    })
  })
  test('no quarantine where the fault is not its own, and none over an older one', () => {
    expect(demotionTags(demotion({ quarantine: false })).told).toEqual(story)
    const bad = version('2', { [ledger.quarantined]: 'OOMKilled', [ledger.quarantinedAt]: early })
    expect(demotionTags(demotion({ bad, digest: undefined })).told).toEqual(story)
  })
  test('what its quarantine lacks, where a job died while it wrote that', () => {
    const bad = version('2', { [ledger.quarantined]: 'slow' })
    const { [ledger.quarantined]: _, ...rest } = quarantine
    expect(demotionTags(demotion({ bad })).told).toEqual({ ...rest, ...story })
  })
  test('nothing twice, and what a person cleared stays cleared', () => {
    const done = { [ledger.promotedAt]: early, [ledger.demotedAt]: late }
    const again = (bad: VersionRecord) => demotionTags(demotion({ bad, isChampion: false }))
    const nothing = { told: undefined, done: undefined }
    const named = demotion({ bad: version('2', { ...done, [ledger.quarantined]: 'x' }) })
    expect(demotionTags(named)).toEqual(nothing)
    for (const known of [ledger.quarantined, ledger.quarantineCleared])
      expect(again(version('2', { ...done, [known]: 'x' }))).toEqual(nothing)
    expect(again(version('2', done))).toEqual({ told: quarantine, done: undefined })
  })
  test('all of it again where it was cleared and given the alias since', () => {
    const bad = version('2', {
      [ledger.promotedAt]: early,
      [ledger.demotedAt]: early,
      [ledger.quarantineCleared]: 'x',
    })
    expect(demotionTags(demotion({ bad }))).toEqual({
      told: { ...quarantine, ...story },
      done: { [ledger.demotedAt]: late },
    })
  })
  test('a version that was cleared, promoted and is bad again is quarantined again', () => {
    const bad = version('2', {
      [ledger.promotedAt]: late,
      [ledger.demotedAt]: early,
      [ledger.quarantineCleared]: 'x',
    })
    expect(demotionTags(demotion({ bad })).told).toMatchObject(quarantine)
  })
})

describe('what previous names afterwards', () => {
  const from = (number: string) => ({ [ledger.promotedFrom]: number })
  const chain = [
    version('1', from('none')),
    version('2', from('1')),
    version('3', from('2')),
    version('4', from('3')),
  ]
  test.each<[string, string | undefined, string, string, VersionRecord[], string | undefined]>([
    ['the one before the restored', '3', '3', '4', chain, '2'],
    ['none, where the restored was the first', '1', '1', '2', chain, undefined],
    ['what it names already, if that may serve', '1', '3', '4', chain, '1'],
    ['never the bad one', '4', '3', '4', chain, '2'],
    ['where none was named, too', undefined, '3', '4', chain, '2'],
    [
      'not one that is in quarantine',
      '3',
      '3',
      '4',
      [...chain.slice(0, 1), version('2', { ...from('1'), [ledger.quarantined]: 'x' }), ...chain.slice(2)],
      '1',
    ],
    [
      'not one that was taken back',
      '3',
      '3',
      '4',
      [...chain.slice(0, 1), version('2', { ...from('1'), [ledger.demotedAt]: late }), ...chain.slice(2)],
      '1',
    ],
    [
      'not one with the files of the bad one',
      '2',
      '3',
      '4',
      [
        version('1'),
        version('2', { [ledger.artifactDigest]: 'd' }),
        version('3', from('2')),
        version('4', { [ledger.artifactDigest]: 'd' }),
      ],
      undefined,
    ],
    ['not one that is gone', '7', '3', '4', chain, '2'],
    [
      'a ledger that goes in circles ends',
      '1',
      '1',
      '2',
      [version('1', from('2')), version('2', from('1'))],
      undefined,
    ],
  ])('%s', (_title, current, restored, bad, versions, expected) => {
    expect(previousAfter(current, { restored, bad }, versions)).toBe(expected)
  })
})
