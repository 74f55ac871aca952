import { didYouMean } from '../core/did-you-mean.ts'
import type { Cell } from '../table/cells.ts'
import type { Column, InvalidCells } from '../table/columns.ts'
import { type CheckContext, ColumnCheck } from './column-check.ts'
import type { CheckResult, Finding } from './results.ts'
import type { ColumnMatch, DataSchema, Shortcuts } from './schema.ts'
import {
  type CellObserver,
  ClassCounter,
  DuplicateCounter,
  FeatureRangeCheck,
  FreshnessCheck,
  missingColumnResult,
  tableResult,
} from './table-checks.ts'
import { Violations } from './violations.ts'

export interface DataCheckOptions extends CheckContext {
  schema: DataSchema
  shortcuts: Shortcuts
  /** Milliseconds since 1970. */
  now: number
}

/** All checks of one table. The reader passes the cells to `columns`, and then `finish` gives the results. */
export interface DataCheck {
  columns: readonly { name: string; column: Column }[]
  finish(): { rows: number; results: CheckResult[] }
}

/** Passes each cell to all that look at its column. */
class ObservedColumn implements Column {
  readonly invalidCells: InvalidCells | undefined = undefined
  readonly retainsText: boolean
  readonly #index: number
  readonly #rules: ColumnCheck | undefined
  readonly #observers: readonly CellObserver[]
  cells = 0

  constructor(index: number, rules: ColumnCheck | undefined, observers: readonly CellObserver[]) {
    this.#index = index
    this.#rules = rules
    this.#observers = observers
    this.retainsText = rules?.retainsText ?? false
  }

  add(cell: Cell, position: number): void {
    this.cells += 1
    this.#rules?.add(cell, position)
    for (const observer of this.#observers) observer.add(cell, position, this.#index)
  }
}

/** Counts the missing cells of all columns. */
class MissingCounter implements CellObserver {
  readonly #isNull: CheckContext['isNull']
  readonly #violations: Violations
  readonly #counts = new Map<number, number>()

  constructor({ isNull, cursor }: CheckContext) {
    this.#isNull = isNull
    this.#violations = new Violations(cursor)
  }

  add(cell: Cell, position: number, column: number): void {
    if (!this.#isNull(cell)) return
    this.#violations.add(position)
    this.#counts.set(column, (this.#counts.get(column) ?? 0) + 1)
  }

  result(max: number, names: readonly string[], rows: number, options: DataCheckOptions): CheckResult {
    const columns = [...this.#counts].map(([column, count]) => ({ name: names[column] ?? '', count }))
    columns.sort((a, b) => b.count - a.count)
    const { count, examples } = this.#violations
    const severity = options.severityOf('no_missing_values')
    return tableResult(
      'no_missing_values',
      severity,
      count <= max,
      { kind: 'missing', max, columns },
      {
        failing: count,
        checked: rows * names.length,
        examples,
      },
    )
  }
}

/** @param names the columns of the table, each of which occurs once */
export function createDataCheck(names: readonly string[], options: DataCheckOptions): DataCheck {
  const { schema, shortcuts, severityOf, isNull } = options
  const { class_counts: classCounts, freshness, max_duplicate_share: maxDuplicates } = schema.table
  const checks = new Map(
    names.flatMap((name) => {
      const rules = schema.columns.get(name)
      return rules ? [[name, new ColumnCheck(name, rules, options)] as const] : []
    }),
  )
  const missing = shortcuts.maxMissing === undefined ? undefined : new MissingCounter(options)
  const range = shortcuts.range && new FeatureRangeCheck(shortcuts.range, options)
  const duplicates = maxDuplicates && new DuplicateCounter(names.length, options)
  const age = freshness && new FreshnessCheck(options.now, options)
  const classesOf = new Map(
    [shortcuts.target, classCounts?.target]
      .filter((name) => name !== undefined)
      .map((name) => [name, new ClassCounter(isNull)] as const),
  )
  const columns = names.map((name, index) => {
    const observers = [
      missing,
      name === shortcuts.target ? undefined : range,
      duplicates,
      name === freshness?.column ? age : undefined,
      classesOf.get(name),
    ].filter((observer) => observer !== undefined)
    return { name, column: new ObservedColumn(index, checks.get(name), observers) }
  })

  const listShortcutResults = (rows: number): CheckResult[] => [
    ...(missing ? [missing.result(shortcuts.maxMissing ?? 0, names, rows, options)] : []),
    ...checkShape(names, options),
    ...checkTarget(),
    ...(range ? [range.result(names, severityOf('feature_ranges'))] : []),
  ]
  const checkTarget = (): CheckResult[] => {
    const { target, minClassCount } = shortcuts
    if (target === undefined) return []
    const severity = severityOf('target_distribution')
    const classes = classesOf.get(target)
    if (!classes || !names.includes(target))
      return [missingColumnResult('target_distribution', severity, target, names)]
    // The target of a regression has no classes.
    if (minClassCount === undefined) return []
    return [classes.result('target_distribution', severity, { target, min: minClassCount }, true)]
  }
  const checkClasses = (): CheckResult[] => {
    if (!classCounts) return []
    const severity = severityOf('class_counts', classCounts.severity)
    const classes = classesOf.get(classCounts.target)
    if (!classes || !names.includes(classCounts.target))
      return [missingColumnResult('class_counts', severity, classCounts.target, names)]
    return [classes.result('class_counts', severity, classCounts, false)]
  }
  const checkAge = (): CheckResult[] => {
    if (!freshness || !age) return []
    const severity = severityOf('freshness', freshness.severity)
    return names.includes(freshness.column)
      ? [age.result(freshness, severity)]
      : [missingColumnResult('freshness', severity, freshness.column, names)]
  }
  const checkDuplicates = (): CheckResult[] =>
    duplicates
      ? [duplicates.result(maxDuplicates.value, severityOf('duplicates', maxDuplicates.severity))]
      : []
  return {
    columns,
    finish() {
      const rows = columns[0]?.column.cells ?? 0
      const results = [
        ...listShortcutResults(rows),
        ...checkRows(rows, options),
        ...checkColumnNames(names, options),
        ...listMissingColumns(names, options),
        ...[...checks.values()].flatMap((check) => check.results()),
        ...checkDuplicates(),
        ...checkClasses(),
        ...checkAge(),
      ]
      return { rows, results }
    },
  }
}

/** The columns of the input: their number, or their names in any order. */
function checkShape(names: readonly string[], { shortcuts: { columns }, severityOf }: DataCheckOptions) {
  if (columns === undefined) return []
  const severity = severityOf('correct_shape')
  if (typeof columns !== 'number') return [compareNames('correct_shape', severity, 'exact', columns, names)]
  const finding = { kind: 'column-count', expected: columns, found: names.length } as const
  return [tableResult('correct_shape', severity, names.length === columns, finding)]
}

function checkRows(rows: number, { schema: { table }, severityOf }: DataCheckOptions): CheckResult[] {
  // Every other check passes on no rows at all.
  const { min = 1, max, severity } = table.rows ?? {}
  const passed = rows >= min && (max === undefined || rows <= max)
  if (table.rows === undefined && passed) return []
  return [tableResult('rows', severityOf('rows', severity), passed, { kind: 'rows', rows, min, max })]
}

function checkColumnNames(names: readonly string[], { schema, severityOf }: DataCheckOptions) {
  const { columns } = schema.table
  if (!columns) return []
  const severity = severityOf('columns', columns.severity)
  const optional = [...schema.columns].filter(([, rules]) => rules.required?.value === false)
  const absent = optional.map(([name]) => name).filter((name) => !names.includes(name))
  const expected = [...schema.columns.keys()].filter((name) => !absent.includes(name))
  return [compareNames('columns', severity, columns.value, expected, names)]
}

function compareNames(
  check: 'columns' | 'correct_shape',
  severity: CheckResult['severity'],
  match: ColumnMatch,
  expected: readonly string[],
  names: readonly string[],
): CheckResult {
  const missing = expected.filter((name) => !names.includes(name))
  const extra = match === 'superset' ? [] : names.filter((name) => !expected.includes(name))
  const isSameSet = missing.length === 0 && extra.length === 0
  const isOtherOrder = match === 'ordered' && isSameSet && expected.some((name, at) => names[at] !== name)
  const finding: Finding = { kind: 'column-names', match, missing, extra, isOtherOrder }
  return tableResult(check, severity, isSameSet && !isOtherOrder, finding)
}

function listMissingColumns(names: readonly string[], { schema, severityOf }: DataCheckOptions) {
  return [...schema.columns]
    .filter(([name, { required }]) => required?.value !== false && !names.includes(name))
    .map(([name, { required, severity }]) => ({
      ...tableResult('required', severityOf('required', required?.severity, severity), false, {
        kind: 'required',
        similar: didYouMean(name, names),
        names,
      }),
      column: name,
    }))
}
