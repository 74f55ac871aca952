import { expect, it } from 'vitest'
import { fakeRows } from '../../../../test/fakes/gate-models.ts'
import type { Predictions } from '../dataset/rows.ts'
import { describeOtherRange, isMovedLevel, isOtherRange, isOtherUnit } from './number-range.ts'

const createRows = (values: Float64Array) => fakeRows({ kind: 'numbers', values })
const predict = (scores: Float64Array): Predictions => {
  return { classes: undefined, scores, probabilities: undefined, digest: '' }
}
const spread = Float64Array.from({ length: 500 }, (_, row) => 200 + ((row * 37) % 500))
const rows = createRows(spread)

it.each<[string, Float64Array, boolean, boolean]>([
  ['the labels', spread, false, false],
  ['a large error on every row', spread.map((value, row) => value + (row % 2 ? 300 : -300)), false, false],
  ['a constant', spread.map(() => 450), false, false],
  ['a fifth of the labels', spread.map((value) => value / 5), true, false],
  ['thousands', spread.map((value) => value * 1000), true, true],
  ['logarithms', spread.map(Math.log), true, true],
  ['hours for minutes', spread.map((value) => value / 60), true, true],
  ['the other sign', spread.map((value) => -value), true, true],
])('reports another range and unit: %s', (_, scores, isOther, isFarOff) => {
  expect(isOtherRange(rows, predict(scores))).toBe(isOther)
  if (isOther) expect(isOtherUnit(rows, predict(scores))).toBe(isFarOff)
})

it.each<[string, (value: number, row: number) => number, boolean]>([
  ['thousandths', (value) => value / 1000, true],
  ['hours for minutes, with noise', (value, row) => value / 60 + (row % 7) - 3, true],
  ['cautious predictions', (value) => value / 10, false],
  ['a constant', () => 3, false],
  ['a weak model', (value, row) => value / 100 + 5 * Math.sin(row), false],
])('finds another unit around 0: %s', (_, change, isOther) => {
  const centered = spread.map((value) => value - 450)
  const scores = predict(centered.map(change))
  expect(isOtherRange(createRows(centered), scores)).toBe(isOther)
  if (isOther) expect(isOtherUnit(createRows(centered), scores)).toBe(true)
})

it.each<[string, (value: number, row: number) => number, boolean]>([
  ['another level', (value) => value - 400, true],
  ['another level, with noise', (value, row) => value + 900 + 40 * ((row % 7) - 3), true],
  ['miles for kilometres', (value) => value / 1.609, false],
  ['kilometres for miles', (value) => value * 1.609, false],
  ['flipped signs', (value) => -value, false],
  ['a constant', () => 90, false],
  ['those of other rows', (_, row) => spread[(row * 91 + 5) % 500] as number, false],
])('finds predictions in the unit of the labels: %s', (_, change, isMoved) => {
  expect(isMovedLevel(rows, predict(spread.map(change)))).toBe(isMoved)
})

it.each<[string, (value: number) => number, boolean]>([
  ['flipped signs', (value) => -value, true],
  ['a level that moved across 0, as of temperatures', (value) => value + 14, false],
  ['thousands', (value) => value * 1000, true],
])('finds another unit of labels below 0: %s', (_, change, isOther) => {
  const cold = Float64Array.from({ length: 500 }, (_, row) => -5 - ((row * 37) % 6))
  const scores = predict(cold.map(change))
  expect(isOtherRange(createRows(cold), scores)).toBe(true)
  expect(isOtherUnit(createRows(cold), scores)).toBe(isOther)
})

it('takes a champion after sales have ceased for stale, not for one in another unit', () => {
  const sales = Float64Array.from({ length: 500 }, (_, row) => (row % 250 === 7 ? 1 : 0))
  const scores = predict(sales.map((_, row) => 10 + (row % 3)))
  expect(isOtherRange(createRows(sales), scores)).toBe(true)
  expect(isOtherUnit(createRows(sales), scores)).toBe(false)
})

it('does not take rare sales for another range', () => {
  const sales = Float64Array.from({ length: 500 }, (_, row) => (row % 250 === 7 ? 3 : 0))
  const scores = Float64Array.from(sales, (value) => 0.01 + value / 10)
  expect(isOtherRange(createRows(sales), predict(scores))).toBe(false)
})

it('names the ranges', () => {
  const far = predict(spread.map((value) => value * 1000))
  expect(describeOtherRange(rows, undefined, far)).toEqual({
    kind: 'other-range',
    labels: [200, 699],
    candidate: undefined,
    champion: [200_000, 699_000],
  })
})
