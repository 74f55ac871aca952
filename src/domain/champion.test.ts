import { describe, expect, it } from 'vitest'
import { currentChampion, type VersionRecord } from './champion.ts'
import { ledger } from './ledger.ts'

const names = { champion: 'champion', previous: 'previous' }
const version = (number: string, changes: Partial<VersionRecord> = {}): VersionRecord => ({
  number,
  stage: 'None',
  tags: {},
  ...changes,
})
const production = { stage: 'Production' }
const promoted = { tags: { [ledger.promotedAt]: '2026-01-01' } }

describe('currentChampion', () => {
  it.each<[string, Record<string, string>, VersionRecord[], string | RegExp]>([
    ['nothing at all', {}, [], 'none'],
    ['versions that never were live', {}, [version('1'), version('2')], 'none'],
    ['archived ones', {}, [version('1', { stage: 'Archived' })], 'none'],
    ['other aliases', { shadow: '1', Champion: '1' }, [version('1')], 'none'],
    ['the alias', { champion: '1' }, [version('1'), version('2', production)], '1'],
    ['no alias, one in Production', {}, [version('1'), version('2', production)], '2'],
    [
      'several in Production',
      {},
      [version('1', production), version('2', production)],
      /versions 1, 2 .*adopt: true/,
    ],
    ['an alias of nothing', { champion: '9' }, [version('1')], /version 9, which the registry does not list/],
    ['only the previous one', { previous: '1' }, [version('1')], /previous points at version 1/],
    ['one that was promoted once', {}, [version('1', promoted), version('2')], /version 1 was promoted once/],
  ])('%s', (_, aliases, versions, expected) => {
    const found = currentChampion(new Map(Object.entries(aliases)), versions, names)
    if (expected instanceof RegExp)
      expect(found).toMatchObject({ kind: 'unclear', why: expect.stringMatching(expected) })
    else if (expected === 'none') expect(found).toEqual({ kind: 'none' })
    else expect(found).toMatchObject({ kind: 'version', version: { number: expected } })
  })

  it('uses the names it is given', () => {
    const aliases = new Map([['live-eu', '2']])
    expect(
      currentChampion(aliases, [version('1'), version('2')], { ...names, champion: 'live-eu' }),
    ).toMatchObject({
      version: { number: '2' },
      by: 'alias',
    })
  })
})
