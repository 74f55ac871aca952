import { describe, expect, it } from 'vitest'
import { evaluateFiles, type Files } from '../../../test/fakes/gate-files.ts'

const METRICS = ['mae', 'rmse', 'r2']
const label = (row: number) => 100 + ((row * 37) % 40)
/** Two forecasters that know the rows, at these distances from the level of the labels. */
const forecasts = (candidate: number, champion: number, of = (value: number) => value): Files => ({
  holdout: { label },
  candidate: { prediction: (row) => of(label(row) - candidate + 3 * Math.sin(row)) },
  champion: { prediction: (row) => of(label(row) - champion + 3 * Math.cos(row)) },
})

describe('two forecasters after the target has moved', () => {
  it.each([
    ['within the range of the labels', 15, 19],
    ['by more than the range of the labels', 45, 60],
  ])('are compared, although both are worse than the mean of the labels: %s', async (_, near, far) => {
    for (const metric of METRICS) {
      expect((await evaluateFiles(forecasts(near, far), { metric })).verdict).toBe('promote')
      expect((await evaluateFiles(forecasts(far, near), { metric })).verdict).toBe('reject')
    }
  })

  it('are compared if they are constants', async () => {
    const constant = (value: number) => ({ prediction: (row: number) => value + (row % 2) / 1000 })
    const files = { holdout: { label }, candidate: constant(109), champion: constant(105) }
    for (const metric of METRICS) expect((await evaluateFiles(files, { metric })).verdict).toBe('promote')
  })

  it.each<[string, (value: number) => number]>([
    ['pounds for kilograms', (value) => value * 2.2046],
    ['kilograms for pounds', (value) => value / 2.2046],
    ['miles for kilometres', (value) => value / 1.609],
    ['kilometres for miles', (value) => value * 1.609],
    ['flipped signs', (value) => -value],
    ['flipped around their level', (value) => 240 - value],
    ['degrees of Fahrenheit', (value) => 32 + 1.8 * value],
  ])('are no evidence in another scale: %s', async (_, convert) => {
    for (const metric of METRICS)
      for (const [near, far] of [
        [0, 3],
        [3, 0],
      ] as const) {
        const files = forecasts(near, far, convert)
        expect((await evaluateFiles(files, { metric })).verdict).toBe('inconclusive')
      }
  })
})
