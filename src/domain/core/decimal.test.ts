import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare, formatDecimal, parseDecimal, subtract } from './decimal.ts'

describe('decimal', () => {
  it.each([
    ['0.06', '0.05', '0.01'],
    [0.06, 0.05, '0.01'],
    [0.3, 0.1, '0.2'],
    ['1e-7', '0', '0.0000001'],
    [1e21, '1', '999999999999999999999'],
    ['.5', '-0.25', '0.75'],
    ['-3', '4', '-7'],
    ['1.50', '0.5', '1'],
    ['12E+2', '200', '1000'],
    [-0, 0, '0'],
  ])('%s - %s = %s', (a, b, difference) => {
    expect(formatDecimal(subtract(parseDecimal(a), parseDecimal(b)))).toBe(difference)
  })

  it.each([
    '',
    '.',
    'x',
    'NaN',
    'Infinity',
    '1,5',
    '0x10',
    '1e',
    '--1',
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])('rejects %s', (text) => {
    expect(() => parseDecimal(text)).toThrow(RangeError)
  })

  it('round-trips the shortest text of every finite double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatDecimal(parseDecimal(value)))).toBe(value === 0 ? 0 : value)
      }),
    )
  })

  it('compares as doubles do', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        expect(compare(parseDecimal(a), parseDecimal(b))).toBe(Math.sign(a > b ? 1 : a < b ? -1 : 0))
      }),
    )
  })

  it('subtracts as integers do, at any scale', () => {
    const scale = fc.integer({ min: 0, max: 30 })
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), scale, (a, b, power) => {
        const { digits } = subtract({ digits: a, scale: power }, { digits: b, scale: power })
        expect(digits).toBe(a - b)
      }),
    )
  })
})
