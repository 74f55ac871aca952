import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Interval } from '../../statistics/interval.ts'
import { computeAxis, plotInterval } from './interval-plot.ts'

const interval = (low: number, estimate: number, high: number): Interval => ({
  low,
  estimate,
  high,
  confidence: 0.95,
  method: '',
  paired: true,
  units: 1,
})

it('draws the bounds, no change and the margin', () => {
  const drawn = { change: interval(0.02, 0.05, 0.08), margin: 0.01 }
  expect(plotInterval(drawn, { from: 0, to: 0.1 }, 11)).toBe('┊│├──●──┤  ')
  expect(plotInterval({ ...drawn, margin: undefined }, { from: -0.1, to: 0.1 }, 21)).toBe(
    '          ┊ ├──●──┤  ',
  )
})

it('keeps its width and marks for any numbers', () => {
  const any = fc.double({ noNaN: true, min: -1e6, max: 1e6 })
  fc.assert(
    fc.property(any, any, any, any, (a, b, c, margin) => {
      const [low, middle, high] = [a, b, c].sort((one, two) => one - two) as [number, number, number]
      const drawn = { change: interval(low, middle, high), margin }
      const line = plotInterval(drawn, computeAxis([drawn]), 15)
      expect([...line]).toHaveLength(15)
      expect(line).toContain('●')
    }),
  )
  const open = { change: interval(-Infinity, 0, Infinity), margin: 0 }
  expect([...plotInterval(open, computeAxis([open]), 15)]).toHaveLength(15)
})
