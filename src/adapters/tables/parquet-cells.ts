import type { ParquetParsers, SchemaElement } from 'hyparquet'
import { formatDecimal } from '../../domain/core/decimal.ts'
import type { Cell } from '../../domain/table/cells.ts'

/** Stands for a text that is not UTF-8. */
export const INVALID_TEXT = Symbol('not UTF-8')

/** How to read one column so that its cells stay exact as ids. */
export interface CellReader {
  /** The column's schema as hyparquet has to see it. */
  element: SchemaElement
  parsers: Partial<ParquetParsers>
  toCell(value: unknown): Cell | typeof INVALID_TEXT
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const keepBytes = (bytes: Uint8Array) => bytes

/**
 * hyparquet's own conversions lose what an id needs: decimals become doubles, times of day plain numbers, times of a
 * microsecond milliseconds, and bytes that are not UTF-8 the same replacement character.
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 *
 * @param isText whether the column keeps texts: the number 0.1 of 32 bits is then "0.1", as pandas writes it
 */
export function createCellReader(element: SchemaElement, isText = false): CellReader {
  const { type, converted_type: converted, logical_type: logical, scale = 0 } = element
  // Without its annotation, hyparquet passes the stored integer or bytes on.
  const { converted_type: _, logical_type: __, ...raw } = element
  const asStored = (toCell: (value: unknown) => Cell): CellReader => {
    const toPresentCell = (value: unknown) =>
      value === undefined || value === null ? undefined : toCell(value)
    return { element: raw, parsers: { stringFromBytes: keepBytes }, toCell: toPresentCell }
  }
  const digitsAfterSecond = findTimeDigits(element)
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL')
    return asStored((value) => formatDecimal({ digits: toInteger(value), scale }))
  if (digitsAfterSecond !== undefined)
    return asStored((value) => formatTimeOfDay(toInteger(value), digitsAfterSecond))
  const isAnnotated = converted !== undefined || logical !== undefined
  if (type === 'FIXED_LEN_BYTE_ARRAY' && !isAnnotated) return asStored(formatHex)
  return {
    element,
    parsers: { ...exactTimes, stringFromBytes: isAnnotated ? decodeText : decodeTextOrHex },
    toCell: isText && type === 'FLOAT' ? shortenFloat : (value) => value as Cell | typeof INVALID_TEXT,
  }
}

const exactTimes: Partial<ParquetParsers> = {
  dateFromDays: (days) => {
    const date = new Date(days * 86_400_000)
    return Number.isNaN(date.getTime()) ? date : date.toISOString().split('T')[0]
  },
  timestampFromMicroseconds: (micros) => toDate(micros, 1000n, 3),
  timestampFromNanoseconds: (nanos) => toDate(nanos, 1_000_000n, 6),
}

/** A Date, or an ISO text if a Date cannot hold the fraction of a millisecond. */
function toDate(value: bigint, perMillisecond: bigint, digits: number): Date | string {
  const fraction = ((value % perMillisecond) + perMillisecond) % perMillisecond
  const date = new Date(Number((value - fraction) / perMillisecond))
  if (fraction === 0n || Number.isNaN(date.getTime())) return date
  return date.toISOString().replace('Z', `${String(fraction).padStart(digits, '0').replace(/0+$/, '')}Z`)
}

/** Digits of a time of day behind the second; undefined if the column has no times of day. */
function findTimeDigits({
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): number | undefined {
  if (logical?.type === 'TIME') return { MILLIS: 3, MICROS: 6, NANOS: 9 }[logical.unit]
  return converted === 'TIME_MILLIS' ? 3 : converted === 'TIME_MICROS' ? 6 : undefined
}

/** As Python and pandas write it: 10:00:00, 10:00:00.500000. */
function formatTimeOfDay(value: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits)
  const time = new Date(Number(value / perSecond) * 1000).toISOString().slice(11, 19)
  const fraction = String(value % perSecond)
    .padStart(digits, '0')
    .padEnd(6, '0')
  return /^0+$/.test(fraction) ? time : `${time}.${fraction.replace(/(?<=^.{6})0+$/, '')}`
}

/** A stored integer: a number, a bigint, or big-endian bytes in two's complement. */
function toInteger(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint)
  const hex = Buffer.from(value).toString('hex')
  return hex === '' ? 0n : BigInt.asIntN(value.length * 8, BigInt(`0x${hex}`))
}

/** The shortest decimal of a 32-bit float. */
function shortenFloat(value: unknown): Cell {
  if (typeof value !== 'number' || Number.isInteger(value)) return value as Cell
  for (let digits = 1; digits <= 8; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return Number(value.toPrecision(9))
}

function formatHex(bytes: unknown): string {
  return Buffer.from(bytes as Uint8Array).toString('hex')
}

function decodeText(bytes: Uint8Array): string | typeof INVALID_TEXT {
  try {
    return bytes && strictDecoder.decode(bytes)
  } catch {
    return INVALID_TEXT
  }
}

/** Some writers store texts without saying so. Bytes that are no text, such as a hash, are hexadecimal. */
function decodeTextOrHex(bytes: Uint8Array): string {
  const text = decodeText(bytes)
  return text === INVALID_TEXT ? formatHex(bytes) : text
}
