import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical } from './canonical.ts'

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled).reverse()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, shuffled(entry)]),
  )
}

describe('the canonical text of a policy', () => {
  it.each([
    [{ floor: '0.10' }, { floor: '.1' }],
    [{ ceiling: '1e2' }, { ceiling: '100.0' }],
    [{ a: { absolute: '0.0' } }, { a: { absolute: '0' } }],
    [{ list: [{ metric: 'a' }, { metric: 'b' }] }, { list: [{ metric: 'b' }, { metric: 'a' }] }],
    [{ a: 1, b: undefined }, { a: 1 }],
  ])('is the same of %j and %j', (a, b) => expect(canonical(a)).toBe(canonical(b)))

  it.each([
    [{ floor: '0.1' }, { floor: '0.11' }],
    [{ floor: '1' }, { ceiling: '1' }],
    [{ version: '1.0' }, { version: '1' }],
    [{ a: { absolute: '1' } }, { a: { relative: '1' } }],
  ])('differs of %j and %j', (a, b) => expect(canonical(a)).not.toBe(canonical(b)))

  it('knows no order of keys and lists', () => {
    const key = fc
      .stringMatching(/^[a-z]{1,8}$/)
      .filter((name) => !['floor', 'ceiling', 'absolute', 'relative'].includes(name))
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.integer(),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(key, tie('node'), { maxKeys: 4 }),
      ),
    })).node
    fc.assert(
      fc.property(fc.dictionary(key, tree), (value) => {
        expect(canonical(shuffled(value) as object)).toBe(canonical(value))
      }),
    )
  })
})
