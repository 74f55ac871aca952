import { describe, expect, it } from 'vitest'
import { currentChampion, type VersionRecord } from './champion.ts'
import { versionTags } from './version-tags.ts'

const names = { champion: 'champion', previous: 'previous' }
const version = (number: string, changes: Partial<VersionRecord> = {}): VersionRecord => ({
  number,
  stage: 'None',
  tags: {},
  ...changes,
})
const production = { stage: 'Production' }
const promoted = { tags: { [versionTags.promotedAt]: '2026-01-01' } }

describe('currentChampion', () => {
  it.each<[string, Record<string, string>, VersionRecord[], string | RegExp]>([
    ['no versions', {}, [], 'none'],
    ['versions that were never live', {}, [version('1'), version('2')], 'none'],
    ['archived versions', {}, [version('1', { stage: 'Archived' })], 'none'],
    ['other aliases', { shadow: '1', Champion: '1' }, [version('1')], 'none'],
    ['the alias', { champion: '1' }, [version('1'), version('2', production)], '1'],
    ['no alias, one in Production', {}, [version('1'), version('2', production)], '2'],
    [
      'several in Production',
      {},
      [version('1', production), version('2', production)],
      /versions 1, 2 .*adopt: true/,
    ],
    [
      'an alias of a missing version',
      { champion: '9' },
      [version('1')],
      /version 9, which the registry does not list/,
    ],
    ['only the previous alias', { previous: '1' }, [version('1')], /previous points at version 1/],
    [
      'a version that was promoted once',
      {},
      [version('1', promoted), version('2')],
      /version 1 was promoted once/,
    ],
  ])('%s', (_, aliases, versions, expected) => {
    const found = currentChampion(new Map(Object.entries(aliases)), versions, names)
    if (expected instanceof RegExp)
      expect(found).toMatchObject({ kind: 'unclear', reason: expect.stringMatching(expected) })
    else if (expected === 'none') expect(found).toEqual({ kind: 'none' })
    else expect(found).toMatchObject({ kind: 'version', version: { number: expected } })
  })

  it('uses the given alias names', () => {
    const aliases = new Map([['live-eu', '2']])
    expect(
      currentChampion(aliases, [version('1'), version('2')], { ...names, champion: 'live-eu' }),
    ).toMatchObject({
      version: { number: '2' },
      source: 'alias',
    })
  })
})
