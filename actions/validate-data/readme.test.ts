import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkoutPath } from '../../scripts/checkout.ts'
import { readDataSchema } from '../../src/policy/data/read-schema.ts'

it('the schema of the README is valid', () => {
  const readme = readFileSync(checkoutPath('actions/validate-data/README.md'), 'utf8')
  const schema = /```yaml\n(# data-schema\.yml\n[\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const read = readDataSchema(schema, 'README.md')
  expect('problems' in read ? read.problems : read.columns.size).toBe(7)
})
