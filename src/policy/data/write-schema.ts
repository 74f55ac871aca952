import { Document } from 'yaml'
import type { ColumnRules, DataSchema } from '../../domain/data/schema.ts'

const HEAD = ` yaml-language-server: $schema=https://raw.githubusercontent.com/org/retrain-actions/v1/data-schema.schema.json
 Inferred from reference data. Review it: remove what may change, and tighten what must not.
 Ranges are those of the reference with 10 % of its span on each side; "mostly" leaves room for the tail.
 Uniqueness, the order of rows, their number, classes and freshness are not inferred.`

/** Writes an inferred schema as YAML for review. Numbers and texts stay what they are when they are read again. */
export function writeDataSchema({ columns, table }: DataSchema): string {
  const document = new Document(
    new Map<string, unknown>([
      ['version', 1],
      ['columns', new Map([...columns].map(([name, rules]) => [name, toPlainRules(rules)]))],
      ['table', toPlain(table)],
    ]),
  )
  document.commentBefore = HEAD
  return document.toString({ lineWidth: 0 })
}

function toPlainRules({ min, max, ...rules }: ColumnRules): unknown {
  const bounds = Object.entries({ min, max }).flatMap(([key, rule]) =>
    rule === undefined ? [] : [[key, { ...rule, value: toNumber(rule.value) }] as const],
  )
  return toPlain({ ...rules, ...Object.fromEntries(bounds) })
}

function toNumber(text: string): number | string {
  return String(Number(text)) === text ? Number(text) : text
}

/** A rule that has nothing but its value is written as the value. */
function toPlain(rules: object): unknown {
  return Object.fromEntries(
    Object.entries(rules)
      .filter(([, rule]) => rule !== undefined)
      .map(([key, rule]) => {
        const isPlain = typeof rule === 'object' && rule !== null && Object.keys(rule).join() === 'value'
        return [key, isPlain ? (rule as { value: unknown }).value : rule]
      }),
  )
}
