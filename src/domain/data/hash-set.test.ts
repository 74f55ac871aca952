import { describe, expect, it } from 'vitest'
import { HashSet, hashText } from './hash-set.ts'

function count(values: Iterable<string>, limit?: number) {
  const set = new HashSet(limit)
  for (const value of values) set.add(hashText(value))
  return set.counts()
}

function* range(n: number, prefix = '') {
  for (let at = 0; at < n; at += 1) yield `${prefix}${at}`
}

describe('HashSet', () => {
  it('counts exactly up to its limit', () => {
    expect(count([...range(50_000), ...range(10_000)])).toEqual({
      rows: 60_000,
      distinct: 50_000,
      exact: true,
    })
  })

  it('reports a repeated value', () => {
    const set = new HashSet()
    expect(['a', 'b', 'a', '', ''].map((text) => set.add(hashText(text)))).toEqual([
      false,
      false,
      true,
      false,
      true,
    ])
  })

  it('estimates the share of repeated values above its limit, wherever they stand', () => {
    const { rows, distinct, exact } = count([...range(100_000), ...range(25_000)], 4096)
    expect(exact).toBe(false)
    expect(distinct).toBeLessThanOrEqual(4096)
    expect((rows - distinct) / rows).toBeGreaterThan(0.17)
    expect((rows - distinct) / rows).toBeLessThan(0.23)
  })

  it('has no collision among short texts', () => {
    const texts = [...range(100_000), ...range(100_000, '-'), ...range(100_000, '0.')]
    expect(count(texts).distinct).toBe(texts.length)
  })
})
