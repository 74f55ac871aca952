import { expect, test } from 'vitest'
import { helmFields } from './connections.ts'

const historyMax = helmFields['history-max']

test.each(['0', '4', '-5', '5.5', 'all', '1e3', '05', '99999'])(
  '%s is no number of revisions to keep',
  (text) => {
    expect(historyMax.safeParse(text).error?.issues[0]?.message).toMatch(/write 5 or more/)
  },
)

test.each([
  [undefined, 30],
  ['5', 5],
  ['250', 250],
])('%s keeps %d', (text, kept) => {
  expect(historyMax.parse(text)).toBe(kept)
})
