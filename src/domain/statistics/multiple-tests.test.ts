import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adjustPValues } from './multiple-tests.ts'

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 })

describe('adjustPValues', () => {
  it('never lowers a value nor changes the order', () => {
    fc.assert(
      fc.property(pValues, (values) => {
        const adjusted = adjustPValues(values)
        for (const [one, value] of values.entries()) {
          expect(adjusted[one]).toBeGreaterThanOrEqual(value)
          expect(adjusted[one]).toBeLessThanOrEqual(1)
          for (const [two, other] of values.entries())
            if (value <= other) expect(adjusted[one]).toBeLessThanOrEqual(adjusted[two] as number)
        }
      }),
    )
  })

  it('rejects one of twenty only if it is significant among twenty', () => {
    const others = new Array<number>(19).fill(0.5)
    expect(adjustPValues([0.01, ...others])[0]).toBeCloseTo(0.2, 12)
    expect(adjustPValues([0.001, ...others])[0]).toBeCloseTo(0.02, 12)
  })

  it.each([Number.NaN, -0.1, 1.1])('refuses %d', (value) => {
    expect(() => adjustPValues([0.1, value])).toThrow('is no probability')
  })
})
