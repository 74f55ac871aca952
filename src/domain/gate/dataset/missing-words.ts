import type { HoldoutPolicy } from '../criteria/gate-policy.ts'
import { quote } from './table-messages.ts'

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
  ...['#DIV/0!', '#NAME?', '#NULL!', '#NUM!', '#REF!', '#VALUE!'],
])

/** Whether a text stands for a missing value, such as NA or null. */
export function isMissingWord(text: string): boolean {
  return MISSING_WORDS.has(text.trim())
}

/** Creates the test whether a text stands for a missing value: a word such as NA that the policy does not name as a value. */
export function createMissingTest({
  notMissing = [],
  positive,
}: Pick<HoldoutPolicy, 'notMissing' | 'positive'>): (text: string) => boolean {
  const values = [...notMissing, ...(positive === undefined ? [] : [positive])].map((text) => text.trim())
  return (text) => isMissingWord(text) && !values.includes(text.trim())
}

/** What to do about a cell that is a word for a missing value; undefined for other cells. */
export function explainMissingWord(cell: string): string | undefined {
  if (!isMissingWord(cell)) return undefined
  return `${quote(cell)} means a missing value, unless holdout.not_missing of the policy lists it`
}
