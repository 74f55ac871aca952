import { describe, expect, it } from 'vitest'
import { fetchAllPages, quoteFilterValue } from './client.ts'

describe('quoteFilterValue', () => {
  it.each([
    ['fraud', "'fraud'"],
    ["it's", '"it\'s"'],
    ['a "b"', '\'a "b"\''],
  ])('%s is written %s', (value, written) => expect(quoteFilterValue(value)).toBe(written))

  it('rejects a value with both kinds of quotes', () => {
    expect(() => quoteFilterValue(`it's a "b"`)).toThrow(/^Input model-name: .*both kinds of quotes/)
  })
})

describe('fetchAllPages', () => {
  it('reads all pages', async () => {
    const tokens: (string | undefined)[] = []
    const all = await fetchAllPages(async (token) => {
      tokens.push(token)
      return { items: [tokens.length], next: tokens.length < 3 ? `t${tokens.length}` : '' }
    })
    expect(all).toEqual([1, 2, 3])
    expect(tokens).toEqual([undefined, 't1', 't2'])
  })
})
