import { quote } from './messages.ts'

/** How pandas, R, SQL, databases and C write a missing value, and Excel an error. `none`, `NONE` and `na` may be classes. */
const MISSING_WORDS = new Set([
  ...[
    'NA',
    'N/A',
    'n/a',
    '#N/A',
    '#NA',
    '#N/A N/A',
    '<NA>',
    'None',
    'null',
    'Null',
    'NULL',
    '(null)',
    '\\N',
    'NaT',
  ],
  ...['NaN', 'nan', 'NAN', '-NaN', '-nan', '1.#IND', '-1.#IND', '1.#QNAN', '-1.#QNAN'],
  // Database tools, R, Hive and Visual C++.
  ...[
    '[NULL]',
    '[null]',
    '{null}',
    '<null>',
    '<NULL>',
    '(NULL)',
    '<NaN>',
    '<nan>',
    '<None>',
    '<N/A>',
    '<missing>',
  ],
  ...[
    'NA_character_',
    'NA_integer_',
    'NA_real_',
    '__HIVE_DEFAULT_PARTITION__',
    '-NAN',
    '+NaN',
    '+nan',
    'nan(ind)',
    '-nan(ind)',
  ],
  ...['1.#INF', '-1.#INF', '#N/D', '#NV', '#N/DISP', '#GETTING_DATA', '#DIV/0'],
])
/** An error of Excel, in each of its languages: #REF!, #BEZUG!, #NOM?, #\u00a1VALOR! */
const EXCEL_ERROR = /^#[\u00a1\u00bf]?[\p{Lu}\d/]+[!?]$/u
/** A cell of Excel that is too narrow for its number. */
const TOO_NARROW = /^#{3,}$/

/** Whether a text stands for a missing value, such as NA or null. */
export function isMissingWord(text: string): boolean {
  const word = text.trim()
  return (
    MISSING_WORDS.has(word) || (word.startsWith('#') && (EXCEL_ERROR.test(word) || TOO_NARROW.test(word)))
  )
}

/** Texts that are values although they look like missing ones. */
export interface MissingWordExceptions {
  notMissing?: readonly string[] | undefined
  positive?: string | undefined
}

/** Creates the test whether a text stands for a missing value: a word such as NA that the policy does not name as a value. */
export function createMissingTest({
  notMissing = [],
  positive,
}: MissingWordExceptions): (text: string) => boolean {
  const values = [...notMissing, ...(positive === undefined ? [] : [positive])].map((text) => text.trim())
  return (text) => isMissingWord(text) && !values.includes(text.trim())
}

/** What to do about a cell that is a word for a missing value; undefined for other cells. */
export function explainMissingWord(cell: string): string | undefined {
  if (!isMissingWord(cell)) return undefined
  return `${quote(cell)} means a missing value, unless holdout.not_missing of the policy lists it`
}
