import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cell, classOf, momentOf, numberOf, textOf } from './join-cells.ts'

describe('a cell as a text', () => {
  it.each<[Cell, string | undefined]>([
    ['7', '7'],
    ['7.0', '7'],
    ['-7.000', '-7'],
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
  ])('%o is %o', (cell, text) => expect(textOf(cell)).toBe(text))

  it('is the same for a whole number in whatever type', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (whole) => {
        const texts = [whole, BigInt(whole), String(BigInt(whole)), `${BigInt(whole)}.0`].map(textOf)
        expect(new Set(texts)).toEqual(new Set([String(BigInt(whole))]))
      }),
    )
  })
})

describe('a class', () => {
  it.each<[Cell, string | undefined]>([
    [true, '1'],
    ['True', '1'],
    ['true', '1'],
    ['TRUE', '1'],
    ['1.0', '1'],
    [1, '1'],
    [' 1 ', '1'],
    [false, '0'],
    ['False', '0'],
    [0n, '0'],
    ['tRUE', 'tRUE'],
    ['yes', 'yes'],
    ['  ', undefined],
    [null, undefined],
  ])('%o is %o', (cell, name) => expect(classOf(cell)).toBe(name))
})

describe('a cell as a number', () => {
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
  ])('%o is %d', (cell, number) => expect(numberOf(cell)).toBe(number))

  it('is what a program wrote', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(numberOf(String(value))).toBe(value === 0 ? 0 : value)
      }),
    )
  })
})

describe('a cell as a moment', () => {
  const day = Date.UTC(2026, 9, 1)
  it.each<[Cell, number]>([
    ['2026-10-01', day],
    ['2026-10-01T00:00', day],
    ['2026-10-01 00:00:00', day],
    ['2026-10-01T00:00:00.250Z', day + 250],
    ['2026-10-01 02:00:00+02:00', day],
    ['2026-10-01T02:00:00+0200', day],
    ['2026-10-01T02:00:00 +02', day],
    [new Date(day), day],
    [String(day), day],
    [day / 1000, day],
    [BigInt(day / 1000), day],
    ['1790812800.5', 1_790_812_800_500],
    ['yesterday', Number.NaN],
    ['2026-13-01', Number.NaN],
    ['01/10/2026', Number.NaN],
    ['', Number.NaN],
    [true, Number.NaN],
  ])('%o is %d', (cell, moment) => expect(momentOf(cell)).toBe(moment))
})
