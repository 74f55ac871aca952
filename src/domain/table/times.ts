import { type Cell, toIsoMs, toNumber } from './cells.ts'

const DAY_MS = 86_400_000
const EARLIEST = Date.UTC(1990, 0, 1)
const YEAR_1 = Date.parse('0001-01-01')

/** Milliseconds in one unit of an epoch. */
const EPOCH_UNITS = { seconds: 1000, milliseconds: 1, microseconds: 1e-3, nanoseconds: 1e-6 } as const
type EpochUnit = keyof typeof EPOCH_UNITS

/** What a number may be that is no epoch. */
export type TimeLookalike =
  | { kind: EpochUnit }
  /** As an ISO date or time. */
  | { kind: 'compact-date'; date: string }
  | { kind: 'year' | 'excel-serial' | 'epoch-days' | 'epoch-hours' | 'epoch-minutes' | 'ticks' }

/**
 * Creates a reader of one column of times, or of one time, to milliseconds since 1970. Times are ISO dates and times, or
 * numbers since 1970 in one unit for the whole column: seconds, milliseconds, microseconds or nanoseconds. The first
 * number decides the unit, and each other one must be a plausible time in it. Plausible times are from 1990 to tomorrow:
 * an error of the unit moves a time out of them, and a wrong time would pass the checks of leakage and label lag.
 * @param now milliseconds since 1970
 * @returns a function that returns NaN for anything else
 */
export function createTimeReader(now: number): (cell: Cell) => number {
  let unit: EpochUnit | undefined
  return (cell) => {
    const iso = toIsoMs(cell)
    if (!Number.isNaN(iso)) return isPlausible(iso, now) ? iso : Number.NaN
    const value = typeof cell === 'boolean' ? Number.NaN : toNumber(cell)
    unit ??= findEpochUnit(value, now)
    const time = unit ? value * EPOCH_UNITS[unit] : Number.NaN
    return isPlausible(time, now) ? time : Number.NaN
  }
}

/** The unit in which a number is a plausible time. The ranges of the units do not overlap. */
function findEpochUnit(value: number, now: number): EpochUnit | undefined {
  if (isPlausible(fromTicks(value), now)) return undefined
  return (Object.keys(EPOCH_UNITS) as EpochUnit[]).find((unit) => isPlausible(value * EPOCH_UNITS[unit], now))
}

/** What a cell looks like that is not read as a time. An epoch is in another unit than the numbers before it. */
export function findTimeLookalike(cell: Cell, now: number): TimeLookalike | undefined {
  const value = toNumber(cell)
  const unit = findEpochUnit(value, now)
  if (unit) return { kind: unit }
  const date = parseCompactDate(value)
  if (date !== undefined) return { kind: 'compact-date', date }
  const lookalikes = [
    ['year', value < 100 ? Number.NaN : Date.UTC(value, 0)],
    ['excel-serial', (value - 25_569) * DAY_MS],
    ['epoch-days', value * DAY_MS],
    ['epoch-hours', (value * DAY_MS) / 24],
    ['epoch-minutes', value * 60_000],
    ['ticks', fromTicks(value)],
  ] as const
  const kind = lookalikes.find(([, time]) => isPlausible(time, now))?.[0]
  return kind && { kind }
}

/** 20261128 as 2026-11-28; with hours, minutes and seconds as the time. */
function parseCompactDate(value: number): string | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)?(\d\d)?)?$/.exec(String(value)) ?? []
  if (year === undefined) return undefined
  const date = `${year}-${month}-${day}`
  const text = hour === undefined ? date : `${date}T${hour}:${minute ?? '00'}:${second ?? '00'}Z`
  return !Number.isNaN(Date.parse(text)) && /^(19|20)/.test(date) ? text : undefined
}

/** .NET ticks: 100 ns since the year 1. Those of the 2020s would be nanoseconds of the year 1990. */
function fromTicks(value: number): number {
  return value / 10_000 + YEAR_1
}

function isPlausible(time: number, now: number): boolean {
  return time >= EARLIEST && time <= now + DAY_MS
}
