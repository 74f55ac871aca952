import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Interval } from './interval.ts'
import { axisOf, plot } from './plot.ts'

const interval = (low: number, estimate: number, high: number): Interval => ({
  low,
  estimate,
  high,
  confidence: 0.95,
  method: '',
  paired: true,
  units: 1,
})

it('draws the bounds, no change and the boundary where they are', () => {
  const drawn = { change: interval(0.02, 0.05, 0.08), boundary: 0.01 }
  expect(plot(drawn, { from: 0, to: 0.1 }, 11)).toBe('┊│├──●──┤  ')
  expect(plot({ ...drawn, boundary: undefined }, { from: -0.1, to: 0.1 }, 21)).toBe('          ┊ ├──●──┤  ')
})

it('keeps its width and its marks, whatever the numbers', () => {
  const any = fc.double({ noNaN: true, min: -1e6, max: 1e6 })
  fc.assert(
    fc.property(any, any, any, any, (a, b, c, boundary) => {
      const [low, middle, high] = [a, b, c].sort((one, two) => one - two) as [number, number, number]
      const drawn = { change: interval(low, middle, high), boundary }
      const line = plot(drawn, axisOf([drawn]), 15)
      expect([...line]).toHaveLength(15)
      expect(line).toContain('●')
    }),
  )
  const open = { change: interval(-Infinity, 0, Infinity), boundary: 0 }
  expect([...plot(open, axisOf([open]), 15)]).toHaveLength(15)
})
