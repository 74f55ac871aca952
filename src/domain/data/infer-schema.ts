import type { ColumnProfile } from './column-profile.ts'
import type { ColumnRules, ColumnType, DataSchema } from './schema.ts'

/** Part of the span by which later values may exceed the range of the reference, on each side. */
const RANGE_SLACK = 0.1
/** Share of cells outside the range that a heavy tail explains, and their number in a small table. */
const TAIL_SHARE = 0.01
const TAIL_CELLS = 5
/** Standard errors by which the share of missing cells may grow. */
const NULL_ERRORS = 5
/** Rows below which no missing cell is weak evidence. */
const SMALL_TABLE = 300
/** Share of cells with a category that the reference does not have. */
const NEW_SHARE = 0.01
/** Rows per category, at least: otherwise the texts are names or ids. */
const ROWS_PER_CATEGORY = 10

/**
 * Infers the rules that a reference meets, and that later data of the same source meet as well. It does not infer a range
 * of what grows (ids, times, counters), the categories of free text, uniqueness, or freshness.
 */
export function inferSchema(columns: readonly ColumnProfile[]): DataSchema {
  return {
    columns: new Map(columns.map((column) => [column.name, inferRules(column)])),
    table: { columns: { value: 'exact', severity: 'warn' } },
  }
}

function inferRules(profile: ColumnProfile): ColumnRules {
  const present = profile.cells - profile.nulls
  // A column without values shows nothing.
  if (present === 0) return { nullable: { value: true } }
  const type = inferType(profile)
  return {
    ...(type && { type: { value: type } }),
    ...inferNulls(profile),
    ...inferRange(profile, present),
    ...(type === 'string' && inferCategories(profile, present)),
  }
}

/** The narrowest type. 0 and 1 are integers. Undefined for lists and for cells of several types. */
function inferType({ types }: ColumnProfile): ColumnType | undefined {
  return (['integer', 'number', 'boolean', 'date', 'string'] as const).find((type) => types.has(type))
}

function inferNulls({ cells, nulls }: ColumnProfile): ColumnRules {
  // In a small table, a column with few missing cells may have none by chance.
  if (nulls === 0)
    return cells < SMALL_TABLE ? { max_null_share: { value: roundUp(TAIL_CELLS / cells) } } : {}
  const share = nulls / cells
  // The shares of both tables vary.
  const bound = share + NULL_ERRORS * Math.sqrt((2 * share * (1 - share)) / cells) + 1 / cells
  return bound >= 1 ? { nullable: { value: true } } : { max_null_share: { value: roundUp(bound) } }
}

function roundUp(share: number): number {
  return Math.min(1, Math.ceil(share * 1000) / 1000)
}

function inferRange({ range, grows }: ColumnProfile, present: number): ColumnRules {
  if (!range || grows) return {}
  const slack = RANGE_SLACK * (range.max - range.min)
  const [min, max] = [range.min - slack, range.max + slack]
  if (!Number.isFinite(slack)) return {}
  const mostly = 1 - Math.min(0.5, roundUp(Math.max(TAIL_SHARE, TAIL_CELLS / present)))
  const toRule = (value: number) => ({ value: formatBound(value), mostly: Number(mostly.toFixed(3)) })
  return { min: toRule(min), max: toRule(max) }
}

/** Twelve digits: the rounding of a double must not exclude the bound itself, as for a constant. */
function formatBound(value: number): string {
  const short = Number(value.toPrecision(12))
  return String(Math.abs(short - value) <= Math.abs(value) * 1e-15 ? short : value)
}

function inferCategories({ categories }: ColumnProfile, present: number): ColumnRules {
  if (!categories || categories.size * ROWS_PER_CATEGORY > present) return {}
  // By Good and Turing, the share of categories that were not seen is that of those seen once.
  const once = [...categories.values()].filter((count) => count === 1).length
  const maxNewShare = roundUp(NEW_SHARE + (3 * once) / present)
  return { allowed: { value: [...categories.keys()].sort() }, max_new_share: maxNewShare }
}
