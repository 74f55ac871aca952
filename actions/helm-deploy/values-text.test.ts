import { expect, test } from 'vitest'
import { valuesProblem } from './values-text.ts'

test.each([
  ['a: [1', /^is not YAML: .*line 1, column 6$/],
  ['- a\n- b', /^is not a YAML mapping/],
  ['replicas=2', /^is not a YAML mapping/],
  ['a: *gone', /^is not YAML: .*gone/],
])('%o is refused', (text, said) => {
  expect(valuesProblem(text)).toMatch(said)
})

test.each(['', '# only a comment', 'a: 1'])('%o is fine', (text) => {
  expect(valuesProblem(text)).toBeUndefined()
})
