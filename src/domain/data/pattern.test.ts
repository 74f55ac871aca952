import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePattern, MAX_PATTERN_CELL } from './pattern.ts'

describe('compilePattern', () => {
  it.each([
    '[A-Z]{2}',
    '\\d{4}-\\d{2}-\\d{2}',
    '[^@]+@[^@]+\\.[a-z]+',
    '(ab)*',
    '(?:a|b)c?',
    '(\\d+)?',
    'a{2}b+',
    '\\p{L}+',
    '[)(|*+]+',
  ])('accepts %s', (pattern) => expect(compilePattern(pattern)).toBeInstanceOf(RegExp))

  it.each([
    ['(a+)+', 'repeated-group'],
    ['(a|aa)*', 'repeated-group'],
    ['((a|b))*', 'repeated-group'],
    ['(a{1,5}){3,}', 'repeated-group'],
    ['(?:a?){20}', 'repeated-group'],
    ['(a)\\1', 'backreference'],
    ['(?<x>a)\\k<x>', 'backreference'],
    ['(?!a)b', 'lookaround'],
    ['(?<=a)b', 'lookaround'],
    ['.*a.*b.*c.*', 'too-many-variable-parts'],
    ['[a', 'syntax'],
    ['a)(b', 'syntax'],
  ])('refuses %s', (pattern, problem) => expect(compilePattern(pattern)).toEqual({ problem }))

  it('matches the whole cell', () => {
    const compiled = compilePattern('a|b') as RegExp
    expect(['a', 'b', 'ab', 'xa', 'a\n'].map((text) => compiled.test(text))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  it('matches any text in bounded time', () => {
    const worst = compilePattern('a*a*a*b') as RegExp
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_PATTERN_CELL }), (length) => {
        expect(worst.test('a'.repeat(length))).toBe(false)
      }),
      { numRuns: 5 },
    )
  })
})
