import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findBlock, fitIsotonic } from './isotonic.ts'
import reference from './reference/reference.json' with { type: 'json' }

const rows = fc.array(fc.tuple(fc.nat(20), fc.nat(1)), { minLength: 1, maxLength: 60 })
const calibrate = (scores: readonly number[], labels: readonly number[]) =>
  fitIsotonic(Float64Array.from(scores), Uint8Array.from(labels))

describe('fitIsotonic', () => {
  it.each(reference.isotonic)('equals scikit-learn', ({ scores, labels, calibrated }) => {
    const blocks = calibrate(scores, labels)
    for (const [row, score] of scores.entries())
      expect(blocks[findBlock(blocks, score)]?.value).toBeCloseTo(calibrated[row] as number, 12)
  })

  it('ascends and keeps all rows and positives', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const labels = given.map(([, label]) => label)
        const blocks = calibrate(
          given.map(([score]) => score),
          labels,
        )
        const values = blocks.map(({ value }) => value)
        expect(values).toEqual([...new Set(values)].sort((one, two) => one - two))
        expect(blocks.reduce((sum, block) => sum + block.rows, 0)).toBe(given.length)
        const positives = labels.reduce((sum, label) => sum + label, 0)
        expect(blocks.reduce((sum, block) => sum + block.value * block.rows, 0)).toBeCloseTo(positives, 9)
      }),
    )
  })

  it('refuses no rows and NaN', () => {
    expect(() => calibrate([], [])).toThrow('0 scores')
    expect(() => calibrate([0.1, Number.NaN], [0, 1])).toThrow('NaN')
  })
})

describe('findBlock', () => {
  const blocks = calibrate([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
  it.each([
    [0, 0],
    [0.2, 0],
    [0.49, 0],
    [0.51, 1],
    [0.85, 1],
    [1, 1],
  ])('of a score of %d is %d', (score, expected) => {
    expect(findBlock(blocks, score)).toBe(expected)
  })
})
