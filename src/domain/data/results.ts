import type { CheckName, ColumnMatch, ColumnType, Order, Severity } from './schema.ts'
import type { Example } from './violations.ts'

/** What a check found, to be worded by the action. */
export type Finding =
  | { kind: 'type'; type: ColumnType }
  | { kind: 'bound'; side: 'min' | 'max'; bound: string; exclusive: boolean }
  | { kind: 'allowed'; allowed: readonly string[] }
  | { kind: 'regex'; pattern: string }
  | { kind: 'monotonic'; order: Order }
  | { kind: 'nulls'; maxShare: number }
  | { kind: 'required'; similar: string | undefined; names: readonly string[] }
  /** `unproven`: no repeated value in a sample of the values. */
  | { kind: 'unique'; estimated: boolean; unproven: boolean }
  | { kind: 'missing'; max: number; columns: readonly { name: string; count: number }[] }
  | { kind: 'column-count'; expected: number; found: number }
  | {
      kind: 'column-names'
      match: ColumnMatch
      missing: readonly string[]
      extra: readonly string[]
      isOtherOrder: boolean
    }
  | { kind: 'range'; low: string; high: string; columns: readonly { name: string; count: number }[] }
  | { kind: 'rows'; rows: number; min: number | undefined; max: number | undefined }
  | { kind: 'duplicates'; share: number; max: number; estimated: boolean }
  | { kind: 'classes'; target: string; problem: ClassProblem | undefined; classes: readonly ClassCount[] }
  | { kind: 'freshness'; newest: number | undefined; maxAge: number; now: number; unreadable: number }
  /** A check whose column is not in the table. */
  | { kind: 'no-column'; name: string; similar: string | undefined }

export interface ClassCount {
  name: string
  count: number
}

export type ClassProblem =
  | { kind: 'no-class' }
  | { kind: 'one-class' }
  | { kind: 'too-many'; limit: number }
  /** The bound is exclusive for the shortcut. */
  | { kind: 'min'; limit: number; exclusive: boolean }
  | { kind: 'max'; limit: number }
  | { kind: 'ratio'; limit: number; ratio: number }

export interface CheckResult {
  check: CheckName
  /** Undefined for a check of the whole table. */
  column: string | undefined
  severity: Severity
  passed: boolean
  /** Cells or rows that fail. Undefined where none are counted. */
  failing: number | undefined
  /** Cells or rows that were checked. */
  checked: number | undefined
  /** Share that must pass; undefined if the rule is no share. */
  mostly: number | undefined
  examples: readonly Example[]
  finding: Finding
}
