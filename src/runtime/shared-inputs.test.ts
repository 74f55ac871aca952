import { expect, test } from 'vitest'
import { connectionFields, helmFields } from './shared-inputs.ts'

const historyMax = helmFields['history-max']

test.each(['0', '4', '-5', '5.5', 'all', '1e3', '05', '99999'])('history-max rejects %s', (text) => {
  expect(historyMax.safeParse(text).error?.issues[0]?.message).toMatch(/Set 5 or more/)
})

test.each([
  [undefined, 30],
  ['5', 5],
  ['250', 250],
])('history-max %s keeps %d revisions', (text, kept) => {
  expect(historyMax.parse(text)).toBe(kept)
})

const { environment } = connectionFields.cluster

test.each(['a\nb', 'x'.repeat(256)])('environment rejects %j', (text) => {
  expect(environment.safeParse(text).error?.issues[0]?.message).toMatch(/one line of at most 255 characters/)
})

test.each([undefined, 'production', 'prod/eu'])('environment accepts %j', (text) => {
  expect(environment.parse(text)).toBe(text)
})
