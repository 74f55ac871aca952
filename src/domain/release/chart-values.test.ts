import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { defaultModelValues, formatValues, type ModelValues, readModelValues } from './chart-values.ts'

const formatModelValues = (model: ModelValues) => formatValues(defaultModelValues(model))

test('a YAML parser reads every string back unchanged', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '1e5',
      '007',
      '20241113020034123',
      'null',
      '~',
      'yes',
      '{a,b}',
      'a=b,c.d[0]\\',
      '"\'\n',
      '=x',
    ),
  )
  fc.assert(
    fc.property(anything, anything, anything, (name, version, mlflowUri) => {
      expect(parse(formatModelValues({ name, version, mlflowUri }))).toEqual({
        model: { name, version, mlflowUri },
      })
    }),
  )
})

test('without an address the chart keeps its default', () => {
  expect(parse(formatModelValues({ name: 'a', version: '1', mlflowUri: undefined }))).toEqual({
    model: { name: 'a', version: '1' },
  })
})

test.each([
  [{ model: { name: 'digits', version: '7' } }, 'digits', '7'],
  [{ model: { name: 'digits', version: 7 } }, 'digits', '7'],
  [{ model: { name: '', version: null } }, undefined, undefined],
  [{ model: 'digits' }, undefined, undefined],
  [{}, undefined, undefined],
])('%o', (values, name, version) => {
  expect(readModelValues(values)).toEqual({ name, version })
})

test('only the line breaks of YAML 1.1 are escaped', () => {
  const name = 'a\u0085b\u2028c\u2029d 模型 🙂'
  const text = formatModelValues({ name, version: '1' })
  expect(text).toContain('a\\u0085b\\u2028c\\u2029d 模型 🙂')
  expect(JSON.parse(text).model.name).toBe(name)
})
