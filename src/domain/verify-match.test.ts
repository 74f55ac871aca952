import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { differences } from './verify-match.ts'

test.each<[string, unknown, unknown, number]>([
  ['the same text', 'a', 'a', 0],
  ['fields that nobody asked for', { a: 1 }, { a: 1, b: 2 }, 0],
  ['the same deeper down', { a: [{ b: 1 }] }, { a: [{ b: 1, c: 2 }], d: 3 }, 0],
  ['a number within the tolerance', { p: 0.5 }, { p: 0.51 }, 0.011],
  ['null for null', { a: null }, { a: null }, 0],
  ['an empty object in any other', {}, { a: 1 }, 0],
  ['an empty list', [], [], 0],
])('%s is as expected', (_title, expected, came, tolerance) => {
  expect(differences(expected, came, tolerance)).toEqual([])
})

test.each<[string, unknown, unknown, number, string]>([
  ['another number', { a: 3 }, { a: 4 }, 0, 'a is 4, expected 3'],
  ['a number just beyond', { p: 0.5 }, { p: 0.52 }, 0.01, 'p is 0.52, expected 0.5'],
  ['a number as a text', { a: 8 }, { a: '8' }, 1, 'a is "8", expected 8'],
  ['a missing field', { a: { b: 1 } }, { a: {} }, 0, 'a.b is missing, expected 1'],
  ['what every object inherits', { constructor: 1 }, {}, 0, 'constructor is missing, expected 1'],
  ['null for a field', { a: {} }, { a: null }, 0, 'a is null, expected {}'],
  ['false for null', { a: null }, { a: false }, 0, 'a is false, expected null'],
  ['a list for an object', { a: 1 }, [1], 0, 'the answer is [1], expected {"a":1}'],
  ['an object for a list', [1], { 0: 1, length: 1 }, 0, 'the answer is {"0":1,"length":1}, expected [1]'],
  ['a longer list', { a: [1] }, { a: [1, 2] }, 0, 'a has 2 entries, expected 1'],
  ['a shorter list', [1, 2], [1], 0, 'the answer has 1 entries, expected 2'],
  ['an entry of a list', { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, 0, 'a[1].b is 3, expected 2'],
])('%s is not', (_title, expected, came, tolerance, said) => {
  expect(differences(expected, came, tolerance)).toEqual([said])
})

test('a few differences are told, each of bounded length', () => {
  const told = differences([1, 2, 3, 4, 5], ['x'.repeat(5000), 0, 0, 0, 0], 0)
  expect(told).toHaveLength(3)
  expect(Math.max(...told.map((line) => line.length))).toBeLessThan(200)
})

const json = fc.jsonValue()

test('what came is as expected where it is just that', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(differences(value, structuredClone(value), 0)).toEqual([])
    }),
  )
})

test('more fields at any place change nothing, fewer do', () => {
  const grown = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(grown)
    if (typeof value !== 'object' || value === null) return value
    return {
      ...Object.fromEntries(Object.entries(value).map(([key, each]) => [key, grown(each)])),
      'a field more': 1,
    }
  }
  const objects = fc.dictionary(fc.string({ minLength: 1 }), json, { minKeys: 1, noNullPrototype: true })
  fc.assert(
    fc.property(objects, (value) => {
      expect(differences(value, grown(value), 0)).toEqual([])
      const [key = ''] = Object.keys(value)
      const { [key]: _left, ...less } = value
      expect(differences(value, less, 0)).not.toEqual([])
    }),
  )
})

test('a number is as expected where it is no further away than the tolerance', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
  fc.assert(
    fc.property(number, number, fc.double({ min: 0, max: 1e6, noNaN: true }), (one, other, tolerance) => {
      const same = differences({ p: one }, { p: other }, tolerance).length === 0
      expect(same).toBe(Math.abs(one - other) <= tolerance)
    }),
  )
})
