import type {
  ColumnResult,
  DataDriftResult,
  DependenceResult,
  Effect,
  EffectMeasure,
  StructuralFinding,
} from '../../src/domain/drift/result.ts'
import { quote } from '../../src/domain/table/messages.ts'

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
      return `${what} in ${rows} ${rows === 1 ? 'row' : 'rows'}${names}`
    }
  }
}

/** The effect that is largest relative to its floor. */
export function findWorstEffect({ effects }: Pick<ColumnResult, 'effects'>): Effect | undefined {
  return effects.toSorted((one, other) => compareToFloor(other) - compareToFloor(one))[0]
}

/** 1 is at the floor. A p-value is material below its floor. */
function compareToFloor({ measure, value, floor }: Effect): number {
  return measure === 'p-value' ? floor / Math.max(value, Number.MIN_VALUE) : value / floor
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

/** The reason for the verdict, on one line without a full stop. */
export function describeVerdict(
  result: DataDriftResult,
  kOfN: { k: number; n: number; drifted: number } | undefined,
  showValues: boolean,
): string {
  const { verdict, columns, driftedColumns } = result
  const compared = columns.filter((column) => column.verdict !== 'skipped').length
  const name = (column: ColumnResult) => `${quote(column.name)} (${describeColumn(column, showValues)})`
  if (verdict === 'inconclusive') {
    const unclear = columns.filter((column) => column.verdict === 'inconclusive')
    return `No drift was found in ${count(compared, 'column')}, but ${count(unclear.length, 'column')} had too few rows to show one: ${listSome(unclear.map(({ name }) => quote(name)))}`
  }
  const drifted = columns.filter((column) => driftedColumns.includes(column.name))
  const found = `${count(drifted.length, 'column')} of ${compared} drifted`
  if (drifted.length === 0) return `No drift in ${count(compared, 'column')}`
  const named = `${found}: ${listSome(drifted.map(name))}`
  if (verdict === 'stable') return `${named}. That is less than min-drifted-columns`
  return kOfN === undefined || kOfN.drifted >= kOfN.k
    ? named
    : `${named}. That is ${kOfN.drifted} of the last ${kOfN.n} checks, and ${kOfN.k} are needed`
}

/** What the rows' dependence means for the check. */
export function describeDependence({ method, windows, sortedBy }: DependenceResult): string[] {
  const sorted =
    sortedBy.length === 0
      ? []
      : [
          `The reference is sorted by ${listSome(sortedBy.map(quote))}, so that the order of its rows says nothing about time. Set time-column if rows depend on each other.`,
        ]
  const calibrated =
    windows > 0 || method === 'independent'
      ? []
      : [
          'The reference is shorter than five times the current data, so that its own changes over time could not raise the floors.',
        ]
  return [...sorted, ...calibrated]
}

function listSome(parts: readonly string[]): string {
  const left = parts.length - MAX_NAMED
  return `${parts.slice(0, MAX_NAMED).join(', ')}${left > 0 ? `, and ${left} more` : ''}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
