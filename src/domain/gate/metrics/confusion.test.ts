import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fakeRows } from '../../../../test/fakes/gate-models.ts'
import type { Predictions } from '../dataset/rows.ts'
import { measure } from '../inference/paired-measurement.ts'
import { findStatistic } from './statistic-catalog.ts'

const NAMES = ['a', 'b']
/** Predicted classes that no label has. */
const UNKNOWN = ['x', 'y', 'z']

const predictions = (codes: readonly number[], unknownClasses: readonly string[] = UNKNOWN): Predictions => ({
  classes: Int32Array.from(codes),
  unknownClasses,
  scores: undefined,
  probabilities: undefined,
  digest: `${codes}`,
})

/** The values of two models, which are measured together. */
function measureBoth(name: string, labels: readonly number[], one: Predictions, other: Predictions) {
  const statistic = findStatistic(name)
  if (!statistic) throw new Error(name)
  const rows = fakeRows({
    kind: 'classes',
    codes: Int32Array.from(labels),
    names: NAMES,
    positive: undefined,
  })
  const options = { confidence: 0.95, resamples: 0, seed: '' }
  return measure(rows, { one, other }, { statistic, direction: 'higher' }, options).values
}

it.each([
  // As scikit-learn: two thirds for a and for b, and 0 for each of the other classes.
  ['f1_macro', ['x', 'y'], 1 / 3],
  ['f1_macro', ['x'], 4 / 9],
  ['balanced_accuracy', ['x', 'y'], 0.5],
  ['accuracy', ['x', 'y'], 0.5],
] as const)('%s counts each predicted class that no label has: %s', (name, unknown, expected) => {
  const model = predictions([0, -1, 1, -unknown.length], unknown)
  expect(measureBoth(name, [0, 0, 1, 1], model, model).one).toBeCloseTo(expected, 15)
})

it('counts the right rows of both models, whatever classes they predict', () => {
  const row = fc.tuple(fc.nat(1), fc.integer({ min: -3, max: 1 }), fc.integer({ min: -3, max: 1 }))
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
      const [labels, one, other] = [0, 1, 2].map((at) => rows.map((cells) => cells[at] as number))
      const share = (codes: number[] = []) =>
        codes.filter((code, at) => code === labels?.[at]).length / rows.length
      const values = measureBoth('accuracy', labels ?? [], predictions(one ?? []), predictions(other ?? []))
      expect(values).toEqual({ one: share(one), other: share(other) })
    }),
  )
})
