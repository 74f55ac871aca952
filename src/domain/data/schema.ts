/** What `error` and `warn` do to a run is decided by the action. */
export const severities = ['error', 'warn'] as const
export type Severity = (typeof severities)[number]

export const columnTypes = ['integer', 'number', 'string', 'boolean', 'date'] as const
export type ColumnType = (typeof columnTypes)[number]

export const orders = ['increasing', 'strictly_increasing', 'decreasing', 'strictly_decreasing'] as const
export type Order = (typeof orders)[number]

export const columnMatches = ['exact', 'superset', 'ordered'] as const
/** `exact`: these columns and no others. `ordered`: in this order, too. `superset`: these, and maybe others. */
export type ColumnMatch = (typeof columnMatches)[number]

/** The checks that inputs ask for without a schema. */
export const shortcutChecks = [
  'no_missing_values',
  'correct_shape',
  'target_distribution',
  'feature_ranges',
] as const

/** Every check, by the name that outputs and reports have. */
export const checkNames = [
  ...shortcutChecks,
  'required',
  'type',
  'nulls',
  'min',
  'max',
  'allowed',
  'regex',
  'unique',
  'monotonic',
  'rows',
  'columns',
  'duplicates',
  'class_counts',
  'freshness',
] as const
export type CheckName = (typeof checkNames)[number]

/** A rule with its own severity and share of cells that must pass, if the schema sets them. */
export interface Rule<T> {
  value: T
  severity?: Severity | undefined
  mostly?: number | undefined
}

export interface ColumnRules {
  /** For the rules without their own. */
  severity?: Severity | undefined
  mostly?: number | undefined
  /** Default: true. */
  required?: Rule<boolean> | undefined
  type?: Rule<ColumnType> | undefined
  /** Default: false. */
  nullable?: Rule<boolean> | undefined
  /** Replaces `nullable`. */
  max_null_share?: Rule<number> | undefined
  /** A decimal, or an ISO time if the type is date. */
  min?: Rule<string> | undefined
  max?: Rule<string> | undefined
  /** Whether the bounds themselves are outside the range. */
  exclusive?: boolean | undefined
  allowed?: Rule<readonly string[]> | undefined
  /** Share of cells that may have another value than the allowed ones. Default: 0. */
  max_new_share?: number | undefined
  regex?: Rule<string> | undefined
  unique?: Rule<boolean> | undefined
  monotonic?: Rule<Order> | undefined
}

export interface ClassCountRule {
  target: string
  min?: number | undefined
  max?: number | undefined
  /** Largest class divided by the smallest one, at most. */
  ratio?: number | undefined
  severity?: Severity | undefined
}

export interface TableRules {
  rows?: { min?: number | undefined; max?: number | undefined; severity?: Severity | undefined } | undefined
  columns?: Rule<ColumnMatch> | undefined
  max_duplicate_share?: Rule<number> | undefined
  class_counts?: ClassCountRule | undefined
  /** `max_age` in milliseconds. */
  freshness?: { column: string; max_age: number; severity?: Severity | undefined } | undefined
}

export interface DataSchema {
  columns: ReadonlyMap<string, ColumnRules>
  table: TableRules
}

/** The checks of the inputs that need no schema. */
export interface Shortcuts {
  /** Missing cells of the whole table, at most. */
  maxMissing?: number | undefined
  /** Number of columns, or their names. */
  columns?: number | readonly string[] | undefined
  target?: string | undefined
  /** Each class must have more rows. */
  minClassCount?: number | undefined
  /** Exclusive bounds of every feature, as decimals. */
  range?: { low: string; high: string } | undefined
}
