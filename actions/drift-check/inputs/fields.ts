import { quote } from '../../../src/domain/table/messages.ts'
import { decimal, matchPattern, text } from '../../../src/runtime/fields.ts'

/** The types that a user may set. */
export const settableTypes = ['numeric', 'categorical', 'datetime', 'id'] as const
export type SettableType = (typeof settableTypes)[number]

const isSettable = (type: string): type is SettableType => (settableTypes as readonly string[]).includes(type)

/** Lines of `column: type`. */
export function typesField() {
  return text()
    .superRefine((value, issues) => {
      for (const message of readTypes(value).problems) issues.addIssue({ code: 'custom', message })
    })
    .transform((value) => readTypes(value).types)
}

function readTypes(value: string) {
  const types = new Map<string, SettableType>()
  const problems: string[] = []
  for (const line of value.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const [, column = '', type = ''] = /^(.+?)\s*:\s*(\S+)$/.exec(line) ?? []
    if (!isSettable(type))
      problems.push(
        `${quote(line)} is not a type. Write COLUMN: TYPE with one of ${settableTypes.join(', ')}`,
      )
    else if (types.has(column)) problems.push(`names the column ${quote(column)} twice`)
    else types.set(column, type)
  }
  return { types, problems }
}

/** A whole number of at least `min`. */
export const wholeNumber = (what: string, min = 0, max = 999_999_999) =>
  matchPattern(/^[0-9]{1,9}$/, `a whole number of ${what}, such as 100`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `is not between ${min} and ${max}` })

/** A decimal above `min` and up to `max`. */
export const positiveNumber = (max: number) =>
  decimal()
    .transform(Number)
    .refine((value) => value > 0 && value <= max, {
      error: max === Infinity ? 'is not above 0' : `is not above 0 and at most ${max}`,
    })

export const nonNegativeDecimal = () =>
  decimal().refine((value) => !value.startsWith('-'), { error: 'is negative. Set 0 or more' })

/** How many of the last checks must have drifted. */
export interface KOfN {
  k: number
  n: number
}

/** `2/3`: at least 2 of the last 3 checks. */
export function kOfNField() {
  return matchPattern(/^[1-9][0-9]?\/[1-9][0-9]?$/, 'two numbers such as 2/3')
    .transform((value): KOfN => {
      const [k = 1, n = 1] = value.split('/').map(Number)
      return { k, n }
    })
    .refine(({ k, n }) => k <= n, {
      error: 'asks for more checks than it counts. Write the smaller number first',
    })
}
