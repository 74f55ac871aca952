import { didYouMean } from '../core/did-you-mean.ts'
import { type Cell, toClassName, toText } from '../table/cells.ts'
import { createTimeReader } from '../table/times.ts'
import { compareToBound, createBound, toNumeric } from './cell-values.ts'
import type { CheckContext } from './column-check.ts'
import { combineHashes, type Hash, HashSet, hashText } from './hash-set.ts'
import type { CheckResult, ClassCount, ClassProblem } from './results.ts'
import type { CheckName, ClassCountRule, Severity, TableRules } from './schema.ts'
import { copyText, Violations } from './violations.ts'

/** A table with more values in its target has no classes. */
const MAX_CLASSES = 1000

/** What looks at the cells of one or more columns. */
export interface CellObserver {
  add(cell: Cell, position: number, column: number): void
}

/** A result without counted cells. */
export function tableResult(
  check: CheckName,
  severity: Severity,
  passed: boolean,
  finding: CheckResult['finding'],
  counted: Partial<Pick<CheckResult, 'failing' | 'checked' | 'examples'>> = {},
): CheckResult {
  return {
    check,
    column: undefined,
    severity,
    passed,
    failing: undefined,
    checked: undefined,
    mostly: undefined,
    examples: [],
    finding,
    ...counted,
  }
}

/** A check of a column that is not there fails. */
export function missingColumnResult(
  check: CheckName,
  severity: Severity,
  name: string,
  names: readonly string[],
): CheckResult {
  return tableResult(check, severity, false, { kind: 'no-column', name, similar: didYouMean(name, names) })
}

/** Counts the rows of each class of the target. */
export class ClassCounter implements CellObserver {
  readonly #isNull: CheckContext['isNull']
  readonly #counts = new Map<string, number>()
  #isFull = false

  constructor(isNull: CheckContext['isNull']) {
    this.#isNull = isNull
  }

  add(cell: Cell): void {
    if (this.#isNull(cell)) return
    const name = toClassName(cell)
    if (name === undefined) return
    const count = this.#counts.get(name)
    if (count === undefined && this.#counts.size >= MAX_CLASSES) this.#isFull = true
    else this.#counts.set(count === undefined ? copyText(name) : name, (count ?? 0) + 1)
  }

  result(
    check: CheckName,
    severity: Severity,
    rule: Pick<ClassCountRule, 'target' | 'min' | 'max' | 'ratio'>,
    exclusive: boolean,
  ): CheckResult {
    const classes = [...this.#counts]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => a.count - b.count || (a.name < b.name ? -1 : 1))
    const problem = this.#isFull
      ? ({ kind: 'too-many', limit: MAX_CLASSES } as const)
      : findClassProblem(classes, rule, exclusive)
    const shown = problem?.kind === 'max' ? classes.toReversed() : classes
    const finding = { kind: 'classes', target: rule.target, problem, classes: shown.slice(0, 20) } as const
    return tableResult(check, severity, problem === undefined, finding)
  }
}

/** @param classes in ascending order of their counts */
function findClassProblem(
  classes: readonly ClassCount[],
  { min, max, ratio }: Pick<ClassCountRule, 'min' | 'max' | 'ratio'>,
  exclusive: boolean,
): ClassProblem | undefined {
  const [smallest, largest] = [classes[0], classes.at(-1)]
  if (!smallest || !largest) return { kind: 'no-class' }
  if (classes.length === 1) return { kind: 'one-class' }
  if (min !== undefined && (exclusive ? smallest.count <= min : smallest.count < min))
    return { kind: 'min', limit: min, exclusive }
  if (max !== undefined && largest.count > max) return { kind: 'max', limit: max }
  if (ratio !== undefined && largest.count > ratio * smallest.count)
    return { kind: 'ratio', limit: ratio, ratio: largest.count / smallest.count }
  return undefined
}

/** Counts repeated rows. The reader passes a row at once (CSV), or a part column by column (Parquet). */
export class DuplicateCounter implements CellObserver {
  readonly #isNull: CheckContext['isNull']
  readonly #columns: number
  readonly #rows: HashSet
  readonly #repeated: Violations
  /** Hashes of the rows that are not complete. */
  #incomplete: Hash[] = []
  #completed = 0
  /** Cells of the current column so far. */
  readonly #cells: number[]

  constructor(columns: number, { isNull, cursor, maxDistinct }: CheckContext) {
    this.#isNull = isNull
    this.#columns = columns
    this.#rows = new HashSet(maxDistinct)
    this.#repeated = new Violations(cursor)
    this.#cells = Array(columns).fill(0)
  }

  add(cell: Cell, position: number, column: number): void {
    const row = (this.#cells[column] ?? 0) - this.#completed
    this.#cells[column] = (this.#cells[column] ?? 0) + 1
    // A missing cell differs from every text.
    const hash = hashText(this.#isNull(cell) ? '' : (toText(cell) ?? JSON.stringify(cell, showBigint)))
    const before = this.#incomplete[row]
    const combined = before ? combineHashes(before, hash) : hash
    this.#incomplete[row] = combined
    if (column !== this.#columns - 1) return
    if (this.#rows.add(combined)) this.#repeated.add(position)
    if (row === this.#incomplete.length - 1) {
      this.#completed += this.#incomplete.length
      this.#incomplete = []
    }
  }

  result(max: number, severity: Severity): CheckResult {
    const { rows, distinct, exact } = this.#rows.counts()
    const share = rows === 0 ? 0 : (rows - distinct) / rows
    // A sample without a repeated row does not prove that there is none.
    const passed = share <= max && (exact || max > 0)
    const counted = { failing: rows - distinct, checked: rows, examples: this.#repeated.examples }
    const finding = { kind: 'duplicates', share, max, estimated: !exact } as const
    return tableResult('duplicates', severity, passed, finding, counted)
  }
}

function showBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** Finds the newest time of a column. */
export class FreshnessCheck implements CellObserver {
  readonly #isNull: CheckContext['isNull']
  readonly #readTime: (cell: Cell) => number
  readonly #unreadable: Violations
  readonly #now: number
  #newest = Number.NEGATIVE_INFINITY
  #cells = 0

  /** @param now milliseconds since 1970 */
  constructor(now: number, { isNull, cursor }: CheckContext) {
    this.#isNull = isNull
    this.#now = now
    this.#readTime = createTimeReader(now)
    this.#unreadable = new Violations(cursor)
  }

  add(cell: Cell, position: number): void {
    if (this.#isNull(cell)) return
    this.#cells += 1
    const time = this.#readTime(cell)
    if (Number.isNaN(time)) this.#unreadable.add(position, cell ?? '')
    else if (time > this.#newest) this.#newest = time
  }

  /** A cell that is not a time, or lies in the future, fails too: it may hide that the others are old. */
  result({ max_age: maxAge }: NonNullable<TableRules['freshness']>, severity: Severity): CheckResult {
    const newest = Number.isFinite(this.#newest) ? this.#newest : undefined
    const { count: unreadable, examples } = this.#unreadable
    const passed = unreadable === 0 && newest !== undefined && this.#now - newest <= maxAge
    const finding = { kind: 'freshness', newest, maxAge, now: this.#now, unreadable } as const
    return tableResult('freshness', severity, passed, finding, {
      failing: unreadable,
      checked: this.#cells,
      examples,
    })
  }
}

/** Counts the cells of the features that are not numbers strictly between two bounds. */
export class FeatureRangeCheck implements CellObserver {
  readonly #isNull: CheckContext['isNull']
  readonly #bounds
  readonly #range: { low: string; high: string }
  readonly #violations: Violations
  readonly #failing = new Map<number, number>()
  #cells = 0

  constructor(range: { low: string; high: string }, { isNull, cursor }: CheckContext) {
    this.#isNull = isNull
    this.#range = range
    this.#bounds = { low: createBound(range.low, undefined), high: createBound(range.high, undefined) }
    this.#violations = new Violations(cursor)
  }

  add(cell: Cell, position: number, column: number): void {
    if (this.#isNull(cell)) return
    this.#cells += 1
    const value = toNumeric(cell)
    const { low, high } = this.#bounds
    if (compareToBound(cell, value, low) > 0 && compareToBound(cell, value, high) < 0) return
    this.#violations.add(position, cell ?? '')
    this.#failing.set(column, (this.#failing.get(column) ?? 0) + 1)
  }

  result(names: readonly string[], severity: Severity): CheckResult {
    const { count, examples } = this.#violations
    const columns = [...this.#failing].map(([column, failing]) => ({
      name: names[column] ?? '',
      count: failing,
    }))
    columns.sort((a, b) => b.count - a.count)
    const finding = { kind: 'range', ...this.#range, columns } as const
    return tableResult('feature_ranges', severity, count === 0, finding, {
      failing: count,
      checked: this.#cells,
      examples,
    })
  }
}
