import { oneLine } from '../../src/domain/core/text.ts'
import type { EstimateProblem } from '../../src/domain/drift/estimate.ts'
import { relateToFloor } from '../../src/domain/drift/measure.ts'
import type { PerformanceResult } from '../../src/domain/drift/performance/result.ts'
import type {
  ColumnResult,
  DataDriftResult,
  Effect,
  EffectMeasure,
  StructuralFinding,
} from '../../src/domain/drift/result.ts'
import { formatRowCount, quote } from '../../src/domain/table/messages.ts'
import { describePerformance } from './performance/messages.ts'
import type { Report } from './report-schema.ts'

/** Names of the effects in messages. */
export const MEASURE_NAMES: Readonly<Record<EffectMeasure, string>> = {
  'ks-distance': 'KS distance',
  'scaled-wasserstein': 'Wasserstein distance in interquartile ranges',
  'jensen-shannon': 'Jensen-Shannon distance',
  'l-infinity': 'largest change of a share',
  'null-share': 'change of the share of missing values',
  sigmas: 'distance of the means in standard deviations',
  'p-value': 'p-value',
}

const SKIPPED = {
  datetime: 'a time, which always moves',
  id: 'an identifier: nearly all of its values are distinct',
  text: 'text with too many distinct values',
  unsupported: 'a list or another nested value',
  empty: 'empty in the reference',
  'too-few-rows': 'too few values',
} as const

/** What was found of a column, in a sentence without its name. */
export function describeColumn(column: ColumnResult, showValues: boolean): string {
  if (column.verdict === 'skipped')
    return `not compared: it is ${SKIPPED[column.skippedFor ?? 'unsupported']}`
  const findings = column.findings.map((finding) => describeFinding(finding, showValues))
  if (column.verdict === 'drift' && findings.length > 0) return findings.join('; ')
  const worst = findWorstEffect(column)
  const effect = worst ? describeEffect(worst) : ''
  if (column.verdict === 'inconclusive' && column.detectable) {
    const { measure, value } = column.detectable
    return `${effect}${effect && '; '}these rows show a ${MEASURE_NAMES[measure]} of ${formatNumber(value)} or more`
  }
  return [...findings, effect].filter((part) => part !== '').join('; ') || 'no difference'
}

export function describeFinding(finding: StructuralFinding, showValues: boolean): string {
  switch (finding.kind) {
    case 'missing-column':
      return 'the current data does not have this column'
    case 'extra-column':
      return 'only the current data has this column'
    case 'all-null':
      return 'all current values are missing'
    case 'constant-changed':
      return 'the constant value is another one'
    case 'type-changed':
      return `the type was ${finding.from} and is ${finding.to}`
    case 'new-categories': {
      const { categories } = finding
      const rows = categories.reduce((sum, category) => sum + category.rows, 0)
      const names = showValues
        ? `: ${categories
            .slice(0, 5)
            .map(({ name }) => quote(name))
            .join(', ')}${categories.length > 5 ? ', ...' : ''}`
        : ''
      const what = categories.length === 1 ? 'a new category' : `${categories.length} new categories`
      return `${what} in ${formatRowCount(rows)}${names}`
    }
  }
}

/** The effect that is largest relative to its floor. */
export function findWorstEffect({ effects }: Pick<ColumnResult, 'effects'>): Effect | undefined {
  return effects.toSorted((one, other) => relateToFloor(other) - relateToFloor(one))[0]
}

function describeEffect({ measure, value, floor }: Effect): string {
  return `${MEASURE_NAMES[measure]} ${formatNumber(value)} (floor ${formatNumber(floor)})`
}

/** Three significant digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential(1)
  return String(Number(value.toPrecision(3)))
}

/** Columns that a reason names. */
const MAX_NAMED = 3

const MAX_REASON = 1500

interface Findings {
  verdict: 'drift' | 'stable' | 'inconclusive' | 'error'
  drifted: boolean | null
  kOfN: { k: number; n: number; drifted: number; checks: number } | null
  errors: readonly string[]
  data: DataDriftResult | undefined
  performance: PerformanceResult | undefined
  showValues: boolean
}

/** The reason for the verdict, on one line without a full stop. */
export function describeReason(findings: Findings): string {
  const { verdict, drifted, kOfN, errors, data, performance, showValues } = findings
  const parts = [
    ...(data ? [describeData(data, showValues)] : []),
    ...(performance ? [`${performanceVerdicts[performance.kind]}: ${describePerformance(performance)}`] : []),
  ]
  if (verdict === 'error')
    return oneLine([...errors, ...parts].map((part) => part.replace(/[.]$/, '')).join('. '), MAX_REASON)
  const checks = kOfN && drifted ? describeChecks(kOfN) : []
  return oneLine([...parts, ...checks].join('. '), MAX_REASON)
}

const performanceVerdicts = {
  drift: 'The performance dropped',
  stable: 'The performance holds',
  inconclusive: 'The performance may have dropped',
} as const

function describeChecks({ k, n, drifted, checks }: NonNullable<Findings['kOfN']>): string[] {
  const known = checks < n ? ` (${checks} known)` : ''
  return [`That is ${drifted} of the last ${n} checks${known}, and ${k} are needed`]
}

function describeData(result: DataDriftResult, showValues: boolean): string {
  const { verdict, columns, driftedColumns } = result
  const compared = columns.filter((column) => column.verdict !== 'skipped').length
  const name = (column: ColumnResult) => `${quote(column.name)} (${describeColumn(column, showValues)})`
  const drifted = columns.filter((column) => driftedColumns.includes(column.name))
  const named = `${drifted.length} of ${count(compared, 'column')} drifted: ${listSome(drifted.map(name))}`
  const found = drifted.length === 0 ? `No drift in ${count(compared, 'column')}` : named
  if (verdict === 'drift') return found
  const few = drifted.length === 0 ? '' : ', less than min-drifted-columns'
  if (verdict === 'stable') return `${found}${few}`
  const unclear = columns.filter((column) => column.verdict === 'inconclusive')
  return `${found}${few}, but ${count(unclear.length, 'column')} had too few rows to show it: ${listSome(unclear.map(name))}`
}

/** Why the accuracy could not be estimated, and the fix. */
export function describeEstimateProblem(problem: EstimateProblem): string {
  const start = 'The accuracy was not estimated: '
  switch (problem.kind) {
    case 'no-rows':
      return `${start}the ${problem.side} data is a profile, which has no rows.`
    case 'missing-column':
      return `${start}the ${problem.side} data has no column ${quote(problem.column)}.`
    case 'not-a-probability':
      return `${start}the ${problem.side} column ${quote(problem.column)} has values that are no numbers from 0 to 1. Set the probability of class 1.`
    case 'not-binary':
      return `${start}the ${problem.side} column ${quote(problem.column)} has values that are neither 0 nor 1.`
    case 'too-few-labels':
      return `${start}the rarer class has ${count(problem.rows, 'labelled row')} in the reference, and ${problem.minimum} are needed.`
    case 'no-current-rows':
      return `${start}no current row has a score.`
  }
}

/** What the rows' dependence means for the check. */
export function describeDependence({
  dependence,
  rows,
}: Pick<DataDriftResult, 'dependence' | 'rows'>): string[] {
  const { windows, dependentColumns, sortedBy } = dependence
  const sorted =
    sortedBy.length === 0
      ? []
      : [
          `The reference is sorted by ${listSome(sortedBy.map(quote))}, so that the order of its rows says nothing about time. Set time-column if rows depend on each other.`,
        ]
  if (windows > 0 || dependentColumns.length === 0) return sorted
  const isShort = rows.reference < 5 * rows.current
  const why = isShort
    ? 'The reference is shorter than five times the current data, so that its'
    : "The reference's"
  return [
    ...sorted,
    `The rows of ${listSome(dependentColumns.map(quote))} depend on each other and count as fewer. ${why} own changes over time did not raise the floors.`,
  ]
}

/** A p-value; 0 is one that a double cannot hold. */
export function formatPValue(value: number | null): string {
  if (value === null) return 'unknown'
  return value === 0 ? '<1e-300' : formatNumber(value)
}

/** The smallest p-value of a column; empty without tests. */
export function findPValue(tests: Report['columns'][number]['tests']): string {
  const known = tests.flatMap(({ adjustedPValue }) => (adjustedPValue === null ? [] : [adjustedPValue]))
  return tests.length === 0 ? '' : formatPValue(known.length > 0 ? Math.min(...known) : null)
}

function listSome(parts: readonly string[]): string {
  const left = parts.length - MAX_NAMED
  return `${parts.slice(0, MAX_NAMED).join(', ')}${left > 0 ? `, and ${left} more` : ''}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** What to do now, in a sentence. */
export function recommend({
  verdict,
  drifted,
  columns,
}: Pick<Report, 'verdict' | 'drifted' | 'columns'>): string {
  switch (verdict) {
    case 'drift':
      return columns.some(({ verdict: own, severity }) => own === 'drift' && severity === null)
        ? 'Look at the source of the data before you retrain the model.'
        : 'Retrain the model.'
    case 'stable':
      return drifted ? 'Wait for the next check.' : 'Nothing to do.'
    case 'inconclusive':
      return 'Check again with more rows.'
    case 'error':
      return 'Correct the check: whether there is drift is not known.'
  }
}
