import type { CheckResult, ClassProblem, Finding } from '../../src/domain/data/results.ts'
import type { Example } from '../../src/domain/data/violations.ts'
import { listColumns, quote } from '../../src/domain/table/messages.ts'

export interface Wording {
  /** Cells, names of classes and allowed values may be shown. */
  showValues: boolean
  /** Names the place of an example: `line 7`, `row 3 of "b.parquet"`. */
  locate(example: Example): string
}

/** A failed check with its message. */
export interface Failure {
  result: CheckResult
  message: string
}

/** Words a failed check: what is wrong, where, and which column. Without a full stop. */
export function describeFailure(result: CheckResult, wording: Wording): string {
  const subject = result.column === undefined ? '' : `column ${quote(result.column)}: `
  return `${subject}${describeFinding(result, wording)}${describePlaces(result, wording)}`
}

function describePlaces({ examples, failing = 0 }: CheckResult, { locate, showValues }: Wording): string {
  if (examples.length === 0) return ''
  const places = examples.map((example) => {
    const value = showValues && example.text !== undefined ? ` ${quote(example.text)}` : ''
    return `${locate(example)}${value}`
  })
  return ` (${places.join(', ')}${failing > examples.length ? ', ...' : ''})`
}

function describeFinding(result: CheckResult, wording: Wording): string {
  const { finding } = result
  const cells = (what: string) => countCells(result, what)
  switch (finding.kind) {
    case 'type':
      return cells(`not of type ${finding.type}`)
    case 'bound':
      return cells(
        `${finding.side === 'min' ? 'below' : 'above'} ${finding.bound}${finding.exclusive ? ' or equal to it' : ''}, or no number`,
      )
    case 'allowed':
      return cells('not among the allowed values')
    case 'regex':
      return cells(`not of the form ${quote(finding.pattern)}`)
    case 'monotonic':
      return cells(`not in ${finding.order.replace('_', ' ')} order`)
    case 'nulls':
      return `${cells('missing')}${finding.maxShare > 0 ? `, at most ${formatShare(finding.maxShare)} may be` : ''}`
    case 'required':
    case 'no-column':
      return describeMissingColumn(finding)
    case 'unique':
      if (finding.unproven)
        return 'has too many values to prove that none is repeated. Set mostly: 0.999 to accept an estimate from a sample'
      return `${cells('repeated')}${finding.estimated ? ' in a sample of the values' : ''}`
    case 'missing':
      return `${cells('missing')}, at most ${finding.max} may be${listCounts(finding.columns)}`
    case 'range':
      return `${cells(`not numbers strictly between ${finding.low} and ${finding.high}`)}${listCounts(finding.columns)}`
    case 'column-count':
      return `the table has ${finding.found} columns instead of ${finding.expected}`
    case 'column-names':
      return describeColumnNames(finding)
    case 'rows':
      return describeRows(finding)
    case 'duplicates':
      return `${formatShare(finding.share)} of the rows${finding.estimated ? ', by a sample,' : ''} repeat an earlier one, at most ${formatShare(finding.max)} may${finding.estimated && finding.share <= finding.max ? '. The table is too large to prove that none does: allow a small share' : ''}`
    case 'classes':
      return describeClasses(finding, wording.showValues)
    case 'freshness':
      return describeAge(finding, result)
  }
}

function countCells({ failing = 0, checked = 0, mostly }: CheckResult, what: string): string {
  const share = mostly === undefined || mostly === 1 ? '' : `, at most ${formatShare(1 - mostly)} may be`
  return `${failing} of ${checked} cell${checked === 1 ? '' : 's'} ${failing === 1 ? 'is' : 'are'} ${what}${share}`
}

function describeMissingColumn(finding: Finding & { kind: 'required' | 'no-column' }): string {
  const suggestion = finding.similar === undefined ? '' : `. Did you mean ${quote(finding.similar)}?`
  if (finding.kind === 'no-column') return `there is no column ${quote(finding.name)}${suggestion}`
  return `is not there${suggestion || `. The table has ${listColumns(finding.names)}`}`
}

function listCounts(columns: readonly { name: string; count: number }[]): string {
  if (columns.length === 0) return ''
  const shown = columns.slice(0, 5).map(({ name, count }) => `${quote(name)} ${count}`)
  return `: ${shown.join(', ')}${columns.length > 5 ? `, and ${columns.length - 5} more columns` : ''}`
}

function describeColumnNames({ missing, extra, match }: Finding & { kind: 'column-names' }): string {
  const parts = [
    missing.length > 0 ? `lacks the columns ${listColumns(missing)}` : '',
    extra.length > 0 ? `has the columns ${listColumns(extra)}, which the schema does not have` : '',
  ].filter((part) => part !== '')
  return `the table ${parts.length > 0 ? parts.join(', and ') : `has its columns in another order (columns: ${match})`}`
}

function describeRows({ rows, min, max }: Finding & { kind: 'rows' }): string {
  const limit = min !== undefined && rows < min ? `at least ${min}` : `at most ${max}`
  return `the table has ${rows} row${rows === 1 ? '' : 's'}, ${limit} are expected`
}

function describeClasses(finding: Finding & { kind: 'classes' }, showValues: boolean): string {
  const { target, problem, classes } = finding
  const shown = classes
    .slice(0, 5)
    .map(({ name, count }) => (showValues ? `${quote(name)} ${count}` : `${count}`))
  const counts = shown.length === 0 ? '' : ` (rows: ${shown.join(', ')}${classes.length > 5 ? ', ...' : ''})`
  return `target ${quote(target)} ${problem ? describeClassProblem(problem) : 'has its classes'}${counts}`
}

function describeClassProblem(problem: ClassProblem): string {
  switch (problem.kind) {
    case 'no-class':
      return 'has no value'
    case 'one-class':
      return 'has one class only'
    case 'too-many':
      return `has more than ${problem.limit} values, so it has no classes`
    case 'min':
      return `has a class without ${problem.exclusive ? 'more than' : 'at least'} ${problem.limit} rows`
    case 'max':
      return `has a class with more than ${problem.limit} rows`
    case 'ratio':
      return `has a largest class of ${problem.ratio.toFixed(1)} times the rows of the smallest, at most ${problem.limit} times are allowed`
  }
}

function describeAge(
  { newest, maxAge, now, unreadable }: Finding & { kind: 'freshness' },
  result: CheckResult,
): string {
  if (unreadable > 0) return countCells(result, 'no time between 1990 and tomorrow')
  if (newest === undefined) return 'the column of times has no value'
  return `the newest row is of ${new Date(newest).toISOString()}, ${formatAge(now - newest)} ago, at most ${formatAge(maxAge)} are allowed`
}

function formatAge(milliseconds: number): string {
  const hours = milliseconds / 3_600_000
  return hours < 48 ? `${Number(hours.toFixed(1))} hours` : `${Number((hours / 24).toFixed(1))} days`
}

export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
