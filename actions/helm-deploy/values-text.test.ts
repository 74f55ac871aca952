import { expect, test } from 'vitest'
import { valuesProblem } from './values-text.ts'

test.each([
  ['a: [1', /^is not YAML: .*line 1, column 6$/],
  ['- a\n- b', /^is not a YAML mapping/],
  ['replicas=2', /^is not a YAML mapping/],
  ['a: *gone', /^is not YAML: .*gone/],
  ['a: {b: [1, 20241113020034123]}', /^has the number 20241113020034123, which Helm would round/],
])('%o is refused', (text, said) => {
  expect(valuesProblem(text)).toMatch(said)
})

test.each(['', '# only a comment', 'a: 1', 'a: "20241113020034123"', 'a: 1e300', 'a: 12345678'])(
  '%o is fine',
  (text) => {
    expect(valuesProblem(text)).toBeUndefined()
  },
)
