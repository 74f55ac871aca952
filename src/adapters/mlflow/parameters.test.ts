import { describe, expect, it } from 'vitest'
import { pages, quoted } from './parameters.ts'

describe('a value in a filter', () => {
  it.each([
    ['fraud', "'fraud'"],
    ["it's", '"it\'s"'],
    ['a "b"', '\'a "b"\''],
  ])('%s is written %s', (value, written) => expect(quoted(value)).toBe(written))

  it('is refused where no quotes are left for it', () => {
    expect(() => quoted(`it's a "b"`)).toThrow(/^Input model-name: .*both kinds of quotes/)
  })
})

describe('pages', () => {
  it('are read to the last', async () => {
    const tokens: (string | undefined)[] = []
    const all = await pages(async (token) => {
      tokens.push(token)
      return { items: [tokens.length], next: tokens.length < 3 ? `t${tokens.length}` : '' }
    })
    expect(all).toEqual([1, 2, 3])
    expect(tokens).toEqual([undefined, 't1', 't2'])
  })
})
