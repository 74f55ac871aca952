import { describe, expect, it } from 'vitest'
import { isMissingWord } from './missing-words.ts'

describe('isMissingWord', () => {
  it.each([
    'NA',
    'N/A',
    '#N/A',
    'NaN',
    'nan',
    'NaT',
    'None',
    'null',
    'NULL',
    '<NA>',
    '\\N',
    ' nan ',
    'n/a',
    '-NaN',
    '-nan',
    'NAN',
    '(null)',
    '#NA',
    '1.#IND',
    '#DIV/0!',
  ])('is true for %o', (text) => expect(isMissingWord(text)).toBe(true))
  it.each(['', 'na', 'none', 'NONE', '#1', 'Nancy', '0', 'unknown', 'NAN A'])('is false for %o', (text) =>
    expect(isMissingWord(text)).toBe(false),
  )
})
