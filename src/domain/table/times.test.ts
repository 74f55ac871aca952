import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from './cells.ts'
import { createTimeReader, findTimeLookalike, type TimeLookalike } from './times.ts'

const now = Date.UTC(2026, 10, 30, 12)
const time = Date.UTC(2026, 9, 1)
const day = 86_400_000

function readAll(...cells: readonly Cell[]): number[] {
  return cells.map(createTimeReader(now))
}

describe('createTimeReader', () => {
  it.each<[string, Cell[], number[]]>([
    ['seconds', [time / 1000, `${time / 1000 + 0.5}`], [time, time + 500]],
    ['milliseconds', [BigInt(time), String(time + 1)], [time, time + 1]],
    ['microseconds', [time * 1000, `${time}123`], [time, time + 0.123]],
    ['nanoseconds', [BigInt(time) * 1_000_000n], [time]],
    ['ISO times', ['2026-10-01', new Date(time), '2026-10-01 00:00:00 UTC'], [time, time, time]],
    ['ISO times beside epochs', ['2026-10-01', time, '2026-10-01'], [time, time, time]],
    [
      'the first and the last plausible time',
      [631_152_000, now / 1000 + 86_400],
      [631_152_000_000, now + day],
    ],
    ['one unit only', [time / 1000, time, time / 1000], [time, Number.NaN, time]],
    ['no epoch before 1990', [631_151_999, 0, -1], [Number.NaN, Number.NaN, Number.NaN]],
    ['no time after tomorrow', [now / 1000 + 86_401, '2026-12-02'], [Number.NaN, Number.NaN]],
    ['no compact dates', [20261128, '20261128'], [Number.NaN, Number.NaN]],
    ['no date of 1970, which pandas makes of 20261128', ['1970-01-01 00:00:00.020261128'], [Number.NaN]],
    ['no .NET ticks, which would be nanoseconds of 1990', ['639000000000000000'], [Number.NaN]],
    ['no truth values and no texts', [true, 'noon', '', null], Array(4).fill(Number.NaN)],
  ])('reads %s', (_, cells, times) => expect(readAll(...cells)).toEqual(times))

  it('reads a plausible time in any unit', () => {
    const plausible = fc.integer({ min: 655_000_000, max: now / 1000 })
    const unit = fc.constantFrom(1n, 1000n, 1_000_000n, 1_000_000_000n)
    fc.assert(
      fc.property(plausible, unit, (seconds, perSecond) => {
        expect(readAll(BigInt(seconds) * perSecond)[0]).toBeCloseTo(seconds * 1000, 0)
      }),
    )
  })
})

describe('findTimeLookalike', () => {
  it.each<[Cell, TimeLookalike | undefined]>([
    ['20261128', { kind: 'compact-date', date: '2026-11-28' }],
    [20261128, { kind: 'compact-date', date: '2026-11-28' }],
    ['2026112810', { kind: 'compact-date', date: '2026-11-28T10:00:00Z' }],
    ['202611281030', { kind: 'compact-date', date: '2026-11-28T10:30:00Z' }],
    ['20261128103059', { kind: 'compact-date', date: '2026-11-28T10:30:59Z' }],
    ['2026', { kind: 'year' }],
    ['46354', { kind: 'excel-serial' }],
    ['46354.5', { kind: 'excel-serial' }],
    ['20785', { kind: 'epoch-days' }],
    ['498840', { kind: 'epoch-hours' }],
    ['29930400', { kind: 'epoch-minutes' }],
    ['639000000000000000', { kind: 'ticks' }],
    ['1790000000000', { kind: 'milliseconds' }],
    ['20261399', { kind: 'epoch-minutes' }],
    ['26', undefined],
    ['noon', undefined],
    ['', undefined],
  ])('%o is %o', (cell, lookalike) => expect(findTimeLookalike(cell, now)).toEqual(lookalike))
})
