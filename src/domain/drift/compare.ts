import { adjustPValues } from '../statistics/multiple-tests.ts'
import { type ComparedColumn, type Comparison, compareColumn } from './compare-column.ts'
import type { Dataset } from './dataset.ts'
import { analyzeDependence } from './dependence.ts'
import { EVIDENTLY_SHARE } from './evidently.ts'
import { relateToFloor } from './measure.ts'
import type { ColumnResult, ColumnVerdict, DataDriftResult, DriftSettings } from './result.ts'
import { summarizeColumn } from './summarize.ts'

const RANKS: Readonly<Record<ColumnVerdict, number>> = { drift: 0, inconclusive: 1, stable: 2, skipped: 3 }

/**
 * Compares the current data with the reference. A column drifted if a difference is significant (Benjamini and Hochberg
 * over all tests of the check) and material (at its floor), or if its structure changed.
 */
export function compareDatasets(
  reference: Dataset,
  current: Dataset,
  settings: DriftSettings,
): DataDriftResult {
  const dependence = analyzeDependence(reference, current)
  const comparison: Comparison = { reference, current, settings, dependence }
  const byName = new Map(current.columns.map((column) => [column.name, column]))
  const known = new Set(reference.columns.map(({ name }) => name))
  const compared = reference.columns.map((column) =>
    compareColumn(column, byName.get(column.name), comparison),
  )
  const extra = current.columns
    .filter(({ name }) => !known.has(name))
    .map(
      (column): ComparedColumn => ({
        reference: undefined,
        current: column,
        findings: [{ kind: 'extra-column' }],
        tests: [],
        effects: [],
        isDependent: false,
      }),
    )
  const adjusted = adjustTests(compared, settings)
  const rows = { reference: reference.rows, current: current.rows }
  const columns = [...compared, ...extra]
    .map((column) => ({
      ...decideColumn(column, adjusted, settings),
      ...summarizeColumn(column.reference, column.current, rows),
    }))
    .sort(compareSeverity)
  return {
    ...decideData(columns, settings),
    columns,
    dependence: {
      ...dependence.result,
      windows: dependence.windows.length,
      dependentColumns: compared
        .filter(({ isDependent }) => isDependent)
        .map(({ reference }) => reference?.name ?? ''),
    },
    rows: countRows(reference, current),
  }
}

type Adjusted = ReadonlyMap<ComparedColumn['tests'][number], number>

/** All tests of the check are one family, those of missing values included. */
function adjustTests(columns: readonly ComparedColumn[], { policy }: DriftSettings): Adjusted {
  if (policy !== 'calibrated') return new Map()
  const tests = columns.flatMap((column) => column.tests)
  const values = adjustPValues(tests.map(({ pValue }) => pValue))
  return new Map(tests.map((test, index) => [test, values[index] as number]))
}

function decideColumn(
  column: ComparedColumn,
  adjusted: Adjusted,
  settings: DriftSettings,
): Omit<ColumnResult, 'histogram' | 'reference' | 'current'> {
  const { skippedFor, findings, effects, detectable, effectiveRows } = column
  const main = column.reference ?? column.current
  const tests = column.tests.map((test) => ({ ...test, adjustedPValue: adjusted.get(test) ?? test.pValue }))
  const isSignificant = (what: 'distribution' | 'nulls') =>
    settings.policy !== 'calibrated' ||
    tests.some((test) => test.what === what && test.adjustedPValue <= settings.alpha)
  const hasDrifted = effects.some(
    ({ measure, isMaterial }) =>
      isMaterial && isSignificant(measure === 'null-share' ? 'nulls' : 'distribution'),
  )
  const decisive = findings.filter(({ kind }) => kind !== 'extra-column' || settings.extraColumns === 'drift')
  const isUnclear = detectable !== undefined && !isSignificant('distribution')
  const verdict: ColumnVerdict =
    decisive.length > 0 || hasDrifted
      ? 'drift'
      : skippedFor
        ? 'skipped'
        : isUnclear
          ? 'inconclusive'
          : 'stable'
  return {
    name: main?.name ?? '',
    type: main?.type ?? 'empty',
    verdict,
    ...(skippedFor && verdict === 'skipped' ? { skippedFor } : {}),
    findings,
    tests,
    effects,
    severity: decisive.length > 0 ? Number.POSITIVE_INFINITY : Math.max(0, ...effects.map(relateToFloor)),
    ...(verdict === 'inconclusive' && detectable ? { detectable } : {}),
    ...(effectiveRows ? { effectiveRows } : {}),
  }
}

function compareSeverity(one: ColumnResult, other: ColumnResult): number {
  const rank = RANKS[one.verdict] - RANKS[other.verdict]
  if (rank !== 0) return rank
  if (one.severity !== other.severity) return other.severity - one.severity
  return one.name < other.name ? -1 : 1
}

function decideData(
  columns: readonly ColumnResult[],
  { policy, minDriftedColumns, criticalColumns, extraColumns }: DriftSettings,
): Pick<DataDriftResult, 'verdict' | 'driftedColumns' | 'driftShare'> {
  const drifted = columns.filter(({ verdict }) => verdict === 'drift')
  const compared = columns.filter(({ verdict }) => verdict !== 'skipped').length
  const share = drifted.length / Math.max(1, compared)
  const isDecisive = ({ name, findings }: ColumnResult) =>
    criticalColumns.includes(name) ||
    findings.some(({ kind }) => kind !== 'extra-column' || extraColumns === 'drift')
  const isEnough = policy === 'evidently' ? share >= EVIDENTLY_SHARE : drifted.length >= minDriftedColumns
  const hasDrifted = drifted.some(isDecisive) || (drifted.length > 0 && isEnough)
  const isUnclear = columns.some(({ verdict }) => verdict === 'inconclusive')
  return {
    verdict: hasDrifted ? 'drift' : isUnclear ? 'inconclusive' : 'stable',
    driftedColumns: drifted.map(({ name }) => name),
    driftShare: share,
  }
}

function countRows(reference: Dataset, current: Dataset): DataDriftResult['rows'] {
  const sampled = ({ rows, sample }: Dataset) => sample?.positions.length ?? rows
  return {
    reference: reference.rows,
    current: current.rows,
    sampledReference: sampled(reference),
    sampledCurrent: sampled(current),
  }
}
