import { type Cell, toClassName, toText } from '../table/cells.ts'
import type { Column, InvalidCells } from '../table/columns.ts'
import { compareToBound, createBound, createValueReader, isOfType } from './cell-values.ts'
import { HashSet, hashText } from './hash-set.ts'
import { MAX_PATTERN_CELL } from './pattern.ts'
import type { CheckResult, Finding } from './results.ts'
import type { CheckName, ColumnRules, Order, Rule, Severity } from './schema.ts'
import { type Cursor, Violations } from './violations.ts'

/** The severity of a check: that of the inputs, of the rule, of its column, or error. */
export type SeverityOf = (check: CheckName, ...fromSchema: (Severity | undefined)[]) => Severity

export interface CheckContext {
  cursor: Cursor
  isNull: (cell: Cell) => boolean
  severityOf: SeverityOf
  compilePattern: (pattern: string) => RegExp
  /** Distinct values that are kept exactly. */
  maxDistinct?: number | undefined
}

interface CellRule {
  check: CheckName
  severity: Severity
  mostly: number
  finding: Finding
  violations: Violations
  /** @param value number or time of the cell; NaN if it has none */
  accepts(cell: Cell, value: number): boolean
}

/** Applies the rules of one column to its cells, one by one. Keeps counters and the first violations. */
export class ColumnCheck implements Column {
  /** The number 0.1 of 32 bits is then "0.1", as a schema writes it. */
  readonly retainsText: boolean
  readonly invalidCells: InvalidCells | undefined = undefined
  readonly #name: string
  readonly #rules: ColumnRules
  readonly #context: CheckContext
  readonly #toValue: (cell: Cell) => number
  readonly #cellRules: CellRule[]
  readonly #nulls: Violations
  readonly #repeated: Violations
  readonly #values: HashSet | undefined
  #cells = 0

  constructor(name: string, rules: ColumnRules, context: CheckContext) {
    this.#name = name
    this.#rules = rules
    this.#context = context
    this.#toValue = createValueReader(rules.type?.value)
    this.#cellRules = createCellRules(rules, context)
    this.retainsText = [rules.min, rules.max, rules.allowed].some((rule) => rule !== undefined)
    this.#nulls = new Violations(context.cursor)
    this.#repeated = new Violations(context.cursor)
    this.#values = rules.unique?.value ? new HashSet(context.maxDistinct) : undefined
  }

  add(cell: Cell, position: number): void {
    this.#cells += 1
    if (this.#context.isNull(cell)) {
      this.#nulls.add(position)
      return
    }
    const value = this.#cellRules.length > 0 ? this.#toValue(cell) : Number.NaN
    for (const rule of this.#cellRules)
      if (!rule.accepts(cell, value)) rule.violations.add(position, cell ?? '')
    if (this.#values?.add(hashText(toText(cell)?.trim() ?? ''))) this.#repeated.add(position, cell ?? '')
  }

  results(): CheckResult[] {
    const present = this.#cells - this.#nulls.count
    const cellResults = this.#cellRules.map(({ check, severity, mostly, finding, violations }) => ({
      check,
      column: this.#name,
      severity,
      passed: violations.count <= tolerate(present, mostly),
      failing: violations.count,
      checked: present,
      mostly,
      examples: violations.examples,
      finding,
    }))
    return [this.#nullResult(), ...cellResults, ...this.#uniqueResults()]
  }

  #nullResult(): CheckResult {
    const { max_null_share: share, nullable, severity } = this.#rules
    const maxShare = share?.value ?? (nullable?.value ? 1 : 0)
    const { count, examples } = this.#nulls
    return {
      check: 'nulls',
      column: this.#name,
      severity: this.#context.severityOf('nulls', share?.severity ?? nullable?.severity, severity),
      passed: count <= tolerate(this.#cells, 1 - maxShare),
      failing: count,
      checked: this.#cells,
      mostly: undefined,
      examples,
      finding: { kind: 'nulls', maxShare },
    }
  }

  #uniqueResults(): CheckResult[] {
    if (!this.#values) return []
    const { rows, distinct, exact } = this.#values.counts()
    const { mostly = this.#rules.mostly ?? 1, severity } = this.#rules.unique ?? {}
    const repeated = exact ? rows - distinct : Math.max(rows - distinct, this.#repeated.count > 0 ? 1 : 0)
    // A sample without a repeated value does not prove that there is none.
    const unproven = !exact && mostly === 1 && repeated === 0
    return [
      {
        check: 'unique',
        column: this.#name,
        severity: this.#context.severityOf('unique', severity, this.#rules.severity),
        passed: repeated <= tolerate(rows, mostly) && !unproven,
        failing: repeated,
        checked: rows,
        mostly,
        examples: this.#repeated.examples,
        finding: { kind: 'unique', estimated: !exact, unproven },
      },
    ]
  }
}

/** Cells that may fail. The slack is for shares such as 0.05, which no double holds exactly. */
export function tolerate(cells: number, mostly: number): number {
  return Math.floor(cells * (1 - mostly) + 1e-9)
}

function createCellRules(rules: ColumnRules, context: CheckContext): CellRule[] {
  const { type, min, max, exclusive = false, allowed, max_new_share: maxNewShare, regex, monotonic } = rules
  const build = <T>(
    check: CheckName,
    rule: Rule<T> | undefined,
    finding: (value: T) => Finding,
    accepts: (value: T) => CellRule['accepts'],
    mostly = rule?.mostly ?? rules.mostly ?? 1,
  ): CellRule[] => {
    if (rule === undefined) return []
    const severity = context.severityOf(check, rule.severity, rules.severity)
    const violations = new Violations(context.cursor)
    return [
      { check, severity, mostly, violations, finding: finding(rule.value), accepts: accepts(rule.value) },
    ]
  }
  // The rule of the type reports what is not a number, or not a time.
  const acceptsOther = type !== undefined && ['integer', 'number', 'date'].includes(type.value)
  const bound = (side: 'min' | 'max', rule: Rule<string> | undefined) =>
    build(
      side,
      rule,
      (text) => ({ kind: 'bound', side, bound: text, exclusive }),
      (text) => {
        const limit = createBound(text, type?.value)
        return (cell, value) => {
          if (Number.isNaN(value)) return acceptsOther
          const difference = compareToBound(cell, value, limit) * (side === 'min' ? 1 : -1)
          return exclusive ? difference > 0 : difference >= 0
        }
      },
    )
  return [
    ...build(
      'type',
      type,
      (value) => ({ kind: 'type', type: value }),
      (value) => (cell, number) => isOfType(value, cell, number),
    ),
    ...bound('min', min),
    ...bound('max', max),
    ...build(
      'allowed',
      allowed,
      (values) => ({ kind: 'allowed', allowed: values }),
      (values) => {
        const known = new Set(values.map(toClassName))
        return (cell) => known.has(toClassName(cell))
      },
      maxNewShare === undefined ? undefined : 1 - maxNewShare,
    ),
    ...build(
      'regex',
      regex,
      (pattern) => ({ kind: 'regex', pattern }),
      (pattern) => {
        const compiled = context.compilePattern(pattern)
        return (cell) => {
          const text = typeof cell === 'string' ? cell : (toText(cell) ?? '')
          return text.length <= MAX_PATTERN_CELL && compiled.test(text)
        }
      },
    ),
    ...build('monotonic', monotonic, (order) => ({ kind: 'monotonic', order }), createOrderTest),
  ]
}

/** Compares each value with the one before it. A cell without a number or time fails, and is skipped. */
function createOrderTest(order: Order): CellRule['accepts'] {
  let previous: number | undefined
  const direction = order.endsWith('increasing') ? 1 : -1
  return (_, value) => {
    if (Number.isNaN(value)) return false
    const step = previous === undefined ? 1 : (value - previous) * direction
    previous = value
    return order.startsWith('strictly') ? step > 0 : step >= 0
  }
}
