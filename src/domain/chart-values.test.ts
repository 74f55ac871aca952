import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { modelIn, modelValuesFile } from './chart-values.ts'

test('whatever the strings hold, a YAML reader gets the very same ones', () => {
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
      expect(parse(modelValuesFile({ name, version, mlflowUri }))).toEqual({
        model: { name, version, mlflowUri },
      })
    }),
  )
})

test('an address that is not given leaves the chart its own', () => {
  expect(parse(modelValuesFile({ name: 'a', version: '1', mlflowUri: undefined }))).toEqual({
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
  expect(modelIn(values)).toEqual({ name, version })
})

test('what YAML 1.1 takes for a line break is escaped, and nothing else', () => {
  const name = 'a\u0085b\u2028c\u2029d 模型 🙂'
  const text = modelValuesFile({ name, version: '1' })
  expect(text).toContain('a\\u0085b\\u2028c\\u2029d 模型 🙂')
  expect(JSON.parse(text).model.name).toBe(name)
})
