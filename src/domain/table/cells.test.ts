import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Cell,
  showCell,
  toClassName,
  toIsoMs,
  toName,
  toNonNegative,
  toNumber,
  toQuantity,
  toText,
} from './cells.ts'

describe('toText', () => {
  it.each<[Cell, string | undefined]>([
    ['7', '7'],
    ['7.0', '7'],
    ['-7.000', '-7'],
    ['-0.0', '0'],
    ['-0', '0'],
    [-0, '0'],
    [7, '7'],
    [7n, '7'],
    [9007199254740993n, '9007199254740993'],
    ['007', '007'],
    ['7.5', '7.5'],
    ['7.', '7.'],
    ['v1.0', 'v1.0'],
    [' a ', ' a '],
    [true, 'true'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
    [Number.NaN, undefined],
    [[1], undefined],
    [new Date(Number.NaN), undefined],
  ])('%o is %o', (cell, text) => expect(toText(cell)).toBe(text))

  it('is equal for a whole number of any type', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (whole) => {
        const texts = [whole, BigInt(whole), String(BigInt(whole)), `${BigInt(whole)}.0`].map(toText)
        expect(new Set(texts)).toEqual(new Set([String(BigInt(whole))]))
      }),
    )
  })
})

describe('toName', () => {
  it.each<[Cell, string | undefined]>([
    [' u7 ', 'u7'],
    [' 7.0\t', '7'],
    ['\u00a0', undefined],
    ['Ile\u0301', 'Ilé'],
    ['1e+05', '1e+05'],
    [true, 'true'],
  ])('%o is %o', (cell, name) => expect(toName(cell)).toBe(name))
})

describe('toClassName', () => {
  it.each<[Cell, string | undefined]>([
    [true, '1'],
    ['True', '1'],
    ['true', '1'],
    ['TRUE', '1'],
    ['1.0', '1'],
    [1, '1'],
    [' 1 ', '1'],
    [' 1.0 ', '1'],
    ['-0.0', '0'],
    ['+1', '1'],
    ['1.', '1'],
    ['1e+05', '100000'],
    ['2.50', '2.5'],
    ['01', '01'],
    ['-01', '-01'],
    ['1e999', '1e999'],
    ['9007199254740993', '9007199254740993'],
    ['1e', '1e'],
    ['refuse\u0301', 'refusé'],
    ['\u2060ye\u00ads\u200b', 'yes'],
    [false, '0'],
    ['False', '0'],
    [0n, '0'],
    ['tRUE', 'tRUE'],
    ['yes', 'yes'],
    ['  ', undefined],
    [null, undefined],
  ])('%o is %o', (cell, name) => expect(toClassName(cell)).toBe(name))
})

describe('toNumber', () => {
  it.each<[Cell, number]>([
    ['0.25', 0.25],
    [' -1e-9 ', -1e-9],
    ['.5', 0.5],
    ['+3.', 3],
    [2n, 2],
    ['True', 1],
    [false, 0],
    ['', Number.NaN],
    ['  ', Number.NaN],
    ['0x10', Number.NaN],
    ['1,5', Number.NaN],
    ['1_000', Number.NaN],
    ['nan', Number.NaN],
    ['inf', Number.NaN],
    [null, Number.NaN],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('%o is %d', (cell, number) => expect(toNumber(cell)).toBe(number))

  it('reads back any double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(toNumber(String(value))).toBe(value === 0 ? 0 : value)
      }),
    )
  })
})

describe('toQuantity and toNonNegative', () => {
  it.each<[Cell, number, number]>([
    ['1e100', 1e100, 1e100],
    ['-1e100', -1e100, Number.NaN],
    ['1e101', Number.NaN, Number.NaN],
    [-0.5, -0.5, Number.NaN],
    ['-0', -0, -0],
    [Number.POSITIVE_INFINITY, Number.NaN, Number.NaN],
    ['x', Number.NaN, Number.NaN],
  ])('%o is %d and %d', (cell, quantity, nonNegative) => {
    expect(toQuantity(cell)).toBe(quantity)
    expect(toNonNegative(cell)).toBe(nonNegative)
  })
})

describe('toIsoMs', () => {
  const day = Date.UTC(2026, 9, 1)
  it.each<[Cell, number]>([
    ['2026-10-01', day],
    ['2026-10-01T00:00', day],
    ['2026-10-01 00:00:00', day],
    ['2026-10-01T00:00:00.250Z', day + 250],
    ['2026-10-01 02:00:00+02:00', day],
    ['2026-10-01T02:00:00+0200', day],
    ['2026-10-01T02:00:00 +02', day],
    ['2026-10-01 00:00:00 UTC', day],
    ['2026-10-01 00:00:00.5 UTC', day + 500],
    ['2026-10-01 00:00:00.123456 UTC', day + 123],
    [new Date(day), day],
    [String(day), Number.NaN],
    ['yesterday', Number.NaN],
    ['2026-13-01', Number.NaN],
    ['2026-02-30', Number.NaN],
    ['2026-02-29T10:00:00Z', Number.NaN],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
    ['01/10/2026', Number.NaN],
    ['2026-10-01 00:00:00 EST', Number.NaN],
    ['', Number.NaN],
    [true, Number.NaN],
  ])('%o is %d', (cell, time) => expect(toIsoMs(cell)).toBe(time))
})

describe('showCell', () => {
  it.each<[Cell, string]>([
    ['tensor(9.3)', 'tensor(9.3)'],
    ['7.0', '7.0'],
    [[1], '[1]'],
    [new Float32Array([0.5, 2]), '[0.5, 2]'],
    [[[1n], null], '[[1], ]'],
    [{ a: 1 }, 'an object'],
    [Number.NaN, 'NaN'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [null, ''],
  ])('%o is %o', (cell, text) => expect(showCell(cell)).toBe(text))

  it('shows at most 80 characters', () => {
    expect(showCell('x'.repeat(1e6))).toBe('x'.repeat(80))
    expect(showCell(Array(1e6).fill(1))).toHaveLength(80)
  })
})
