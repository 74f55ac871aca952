import { quote } from '../../src/runtime/fields.ts'

/** Types that the input `types` may give a column. `text` and `id` are not compared. */
export const columnTypes = ['numeric', 'categorical', 'datetime', 'id', 'text'] as const
export type GivenType = (typeof columnTypes)[number]

const isType = (text: string): text is GivenType => (columnTypes as readonly string[]).includes(text)

/** Reads `column: type` lines. The last colon separates them, so that a name may have colons. */
export function readColumnTypes(value: string): { types: Map<string, GivenType>; problems: string[] } {
  const types = new Map<string, GivenType>()
  const problems: string[] = []
  for (const line of value.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const [, name = '', type = ''] = /^(.*\S)\s*:\s*(\S+)$/.exec(line) ?? []
    if (!isType(type))
      problems.push(`${quote(line)} is not a column and its type. Write lines such as zip: ${columnTypes[1]}`)
    else if (types.has(name)) problems.push(`has the column ${quote(name)} twice`)
    else types.set(name, type)
  }
  return { types, problems }
}
