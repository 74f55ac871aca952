import type { CategoricalColumn, Dataset, DatasetColumn, NumericColumn } from './dataset.ts'
import type { Dependence } from './dependence.ts'
import { detectableJensenShannon, detectableKsDistance } from './detectable.ts'
import { measureLikeEvidently } from './evidently.ts'
import {
  alignCounts,
  createEffect,
  type Measurement,
  measureCategorical,
  measureCategoricalEffect,
  measureNulls,
  measureNumeric,
  measureNumericEffects,
  type Sides,
  sortValues,
  type Test,
} from './measure.ts'
import type { ColumnResult, DriftSettings, Effect } from './result.ts'
import { findStructure, isCompared } from './structure.ts'
import { raiseFloors } from './windows.ts'

export interface Comparison {
  reference: Dataset
  current: Dataset
  settings: DriftSettings
  dependence: Dependence
}

/** A column before the tests of all columns are adjusted. */
export interface ComparedColumn
  extends Pick<ColumnResult, 'findings' | 'skippedFor' | 'detectable' | 'effectiveRows'> {
  reference: DatasetColumn | undefined
  current: DatasetColumn | undefined
  tests: readonly Test[]
  effects: readonly Effect[]
  isDependent: boolean
}

/** Fewer values say nothing about a distribution. */
const MIN_VALUES = 5

export function compareColumn(
  reference: DatasetColumn,
  current: DatasetColumn | undefined,
  comparison: Comparison,
): ComparedColumn {
  const rowsPer = estimateDependence(reference, comparison)
  const base = { reference, current, tests: [], effects: [], isDependent: rowsPer.reference > 1 }
  const rows = { reference: comparison.reference.rows, current: comparison.current.rows }
  const findings = findStructure(reference, current, rows, rowsPer)
  if (!current || findings.some(({ kind }) => kind === 'all-null' || kind === 'type-changed'))
    return { ...base, findings }
  const skippedFor = isCompared(reference) ? undefined : (reference.type as ComparedColumn['skippedFor'])
  const nulls = { reference: reference.nulls, current: current.nulls }
  const { policy, floors } = comparison.settings
  const missing =
    policy === 'calibrated'
      ? measureNulls(nulls, rows, floors.nulls, estimateNullDependence(reference, comparison))
      : undefined
  const measured = skippedFor ? undefined : measureColumn(reference, current, comparison, rowsPer)
  return {
    ...base,
    findings,
    ...(skippedFor ? { skippedFor } : measured ? {} : { skippedFor: 'too-few-rows' }),
    ...measured,
    tests: [...(measured?.tests ?? []), ...(missing?.tests ?? [])],
    effects: [...(measured?.effects ?? []), ...(missing?.effects ?? [])],
  }
}

function measureColumn(
  reference: DatasetColumn,
  current: DatasetColumn,
  { reference: { rows }, settings, dependence }: Comparison,
  rowsPer: Sides<number>,
): (Measurement & Pick<ComparedColumn, 'detectable' | 'effectiveRows'>) | undefined {
  const { policy, sigmas } = settings
  // Independent rows have no memory that windows could show.
  const windows = rowsPer.reference > 1 ? dependence.windows : []
  if (policy === 'evidently') return measureLikeEvidently(reference, current, rows)
  if (reference.type === 'categorical' && current.type === 'categorical')
    return policy === 'calibrated'
      ? calibrateCategories({ reference, current }, settings, rowsPer, windows)
      : { tests: [], effects: [] }
  if (reference.type !== 'numeric' || current.type !== 'numeric') return undefined
  if (policy === 'calibrated') return calibrateNumbers({ reference, current }, settings, rowsPer, windows)
  const moved = Math.abs(current.mean - reference.mean) / reference.standardDeviation
  // A constant has no standard deviation: 0 / 0 is the same constant.
  const value = Number.isNaN(moved) ? 0 : moved
  return { tests: [], effects: [{ ...createEffect('sigmas', value, sigmas), isMaterial: value > sigmas }] }
}

function calibrateNumbers(
  { reference, current }: Sides<NumericColumn>,
  { alpha, floors }: DriftSettings,
  rowsPer: Sides<number>,
  windows: readonly Int32Array[],
): ReturnType<typeof measureColumn> {
  const [before, now] = [sortValues(reference), sortValues(current)]
  if (!before || !now || before.length < MIN_VALUES || now.length < MIN_VALUES) return undefined
  const rows = { reference: before.length / rowsPer.reference, current: now.length / rowsPer.current }
  const measured = measureNumeric({ reference: before, current: now }, reference, floors.numeric, rows)
  const ofWindows = windows.flatMap((window) => {
    const values = Float64Array.from(window, (row) => reference.values?.[row] ?? Number.NaN)
    const sorted = sortValues({ ...reference, values })
    if (!sorted || sorted.length < MIN_VALUES) return []
    return [measureNumericEffects({ reference: before, current: sorted }, reference, floors.numeric)]
  })
  const effects = raiseFloors(measured.effects, ofWindows)
  const smallest = detectableKsDistance(alpha, rows)
  return {
    ...measured,
    effects,
    effectiveRows: rows,
    ...(smallest > (effects[0]?.floor ?? floors.numeric)
      ? { detectable: { measure: 'ks-distance', value: smallest } }
      : {}),
  }
}

function calibrateCategories(
  sides: Sides<CategoricalColumn>,
  { alpha, floors }: DriftSettings,
  rowsPer: Sides<number>,
  windows: readonly Int32Array[],
): ReturnType<typeof measureColumn> {
  const { counts } = alignCounts(sides)
  const total = (side: readonly number[]) => side.reduce((sum, count) => sum + count, 0)
  const values = { reference: total(counts.reference), current: total(counts.current) }
  if (values.reference < MIN_VALUES || values.current < MIN_VALUES) return undefined
  const rows = { reference: values.reference / rowsPer.reference, current: values.current / rowsPer.current }
  const measured = measureCategorical(counts, floors.categorical, rowsPer)
  const { reference } = sides
  const ofWindows = windows.map((window) => {
    const rowsOf = reference.names.map(() => 0)
    for (const row of window) {
      const code = reference.codes?.[row] ?? -1
      if (code >= 0) rowsOf[code] = (rowsOf[code] ?? 0) + 1
    }
    const inWindow = new Map(reference.names.map((name, code) => [name, rowsOf[code] ?? 0]))
    const aligned = alignCounts({ reference, current: { ...reference, counts: inWindow } }).counts
    return total(aligned.current) < MIN_VALUES ? [] : [measureCategoricalEffect(aligned, floors.categorical)]
  })
  const effects = raiseFloors(measured.effects, ofWindows)
  const isJensenShannon = effects[0]?.measure === 'jensen-shannon'
  const smallest = detectableJensenShannon(alpha, counts.reference.length, rows)
  return {
    ...measured,
    effects,
    effectiveRows: rows,
    ...(isJensenShannon && smallest > (effects[0]?.floor ?? floors.categorical)
      ? { detectable: { measure: 'jensen-shannon', value: smallest } }
      : {}),
  }
}

/** How many rows count as one: that of the values, or of their missing ones, whichever depends more. */
function estimateDependence(column: DatasetColumn, { dependence, settings }: Comparison): Sides<number> {
  const none = { reference: 1, current: 1 }
  if (settings.policy !== 'calibrated') return none
  if (column.type === 'numeric' && column.values) return dependence.estimate([rankValues(column.values)])
  if (column.type !== 'categorical' || !column.codes) return none
  const { codes } = column
  const frequent = [...column.counts].sort((one, other) => other[1] - one[1]).slice(0, 3)
  return dependence.estimate(
    frequent.map(([name]) => {
      const code = column.names.indexOf(name)
      return Float64Array.from(codes, (each) => (each === code ? 1 : 0))
    }),
  )
}

/** Bursts of missing values depend on each other, too. */
function estimateNullDependence(column: DatasetColumn, { dependence }: Comparison): Sides<number> {
  const none = { reference: 1, current: 1 }
  if (column.nulls === 0) return none
  if (column.type === 'numeric' && column.values)
    return dependence.estimate([column.values.map((value) => (Number.isNaN(value) ? 1 : 0))])
  if (column.type !== 'categorical' || !column.codes) return none
  return dependence.estimate([Float64Array.from(column.codes, (code) => (code < 0 ? 1 : 0))])
}

/** Ranks, since a heavy tail hides the memory of the other rows. Equal values have the first rank of them. */
function rankValues(values: Float64Array): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  return values.map((value) => (Number.isNaN(value) ? Number.NaN : findFirst(sorted, value)))
}

function findFirst(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
