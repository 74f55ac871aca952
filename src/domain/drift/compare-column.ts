import type { CategoricalColumn, Dataset, DatasetColumn, NumericColumn } from './dataset.ts'
import type { Dependence } from './dependence.ts'
import { detectableJensenShannon, detectableKsDistance } from './detectable.ts'
import { measureLikeEvidently } from './evidently.ts'
import {
  alignCounts,
  createEffect,
  type Measurement,
  measureCategorical,
  measureNulls,
  measureNumbers,
  measureNumeric,
  measureShares,
  type Sides,
  sortValues,
  type Test,
} from './measure.ts'
import type { ColumnResult, DriftSettings, Effect } from './result.ts'
import { findStructure, isCompared } from './structure.ts'

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
  /** Whether the rows of the reference are not independent. */
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
  const findings = findStructure(reference, current, rows.current, rows.reference / rowsPer.reference)
  if (!current || findings.some(({ kind }) => kind === 'all-null' || kind === 'type-changed'))
    return { ...base, findings }
  const skippedFor = isCompared(reference) ? undefined : (reference.type as ComparedColumn['skippedFor'])
  const nulls = { reference: reference.nulls, current: current.nulls }
  const { policy, floors } = comparison.settings
  const missing =
    policy === 'calibrated'
      ? measureNulls(nulls, rows, floors.nulls, ofCounts(rowsPer, comparison))
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
  comparison: Comparison,
  rowsPer: Sides<number>,
): (Measurement & Pick<ComparedColumn, 'detectable' | 'effectiveRows'>) | undefined {
  const { settings } = comparison
  const { policy, sigmas } = settings
  if (policy === 'evidently') return measureLikeEvidently(reference, current, comparison.reference.rows)
  if (reference.type === 'categorical' && current.type === 'categorical')
    return policy === 'calibrated'
      ? calibrateCategories({ reference, current }, comparison, rowsPer)
      : { tests: [], effects: [] }
  if (reference.type !== 'numeric' || current.type !== 'numeric') return undefined
  if (policy === 'calibrated') return calibrateNumbers({ reference, current }, comparison, rowsPer)
  const moved = Math.abs(current.mean - reference.mean) / reference.standardDeviation
  // A constant has no standard deviation: 0 / 0 is the same constant.
  const value = Number.isNaN(moved) ? 0 : moved
  return { tests: [], effects: [{ ...createEffect('sigmas', value, sigmas), isMaterial: value > sigmas }] }
}

function calibrateNumbers(
  { reference, current }: Sides<NumericColumn>,
  comparison: Comparison,
  rowsPer: Sides<number>,
): ReturnType<typeof measureColumn> {
  const { alpha, floors } = comparison.settings
  const [before, now] = [sortValues(reference), sortValues(current)]
  if (!before || !now || before.length < MIN_VALUES || now.length < MIN_VALUES) return undefined
  const rows = { reference: before.length / rowsPer.reference, current: now.length / rowsPer.current }
  const measured = measureNumeric({ reference: before, current: now }, reference, floors.numeric, rows)
  const effects = raiseFloors(measured.effects, rowsPer, comparison, (rowsOfWindow) => {
    const values = rowsOfWindow.map((row) => reference.values?.[row] ?? Number.NaN)
    const window = sortValues({ values: Float64Array.from(values) })
    return window && window.length > 0
      ? measureNumbers({ reference: before, current: window }, reference)
      : []
  })
  const smallest = detectableKsDistance(alpha, rows)
  return {
    ...measured,
    effects,
    effectiveRows: rows,
    ...(smallest > findFloor(effects, 'ks-distance')
      ? { detectable: { measure: 'ks-distance', value: smallest } }
      : {}),
  }
}

function calibrateCategories(
  sides: Sides<CategoricalColumn>,
  comparison: Comparison,
  rowsPerSampled: Sides<number>,
): ReturnType<typeof measureColumn> {
  const { alpha, floors } = comparison.settings
  const rowsPer = ofCounts(rowsPerSampled, comparison)
  const { names, counts } = alignCounts(sides)
  const total = (side: readonly number[]) => side.reduce((sum, count) => sum + count, 0)
  const values = { reference: total(counts.reference), current: total(counts.current) }
  if (values.reference < MIN_VALUES || values.current < MIN_VALUES) return undefined
  const rows = { reference: values.reference / rowsPer.reference, current: values.current / rowsPer.current }
  const measured = measureCategorical(counts, floors.categorical, rowsPer)
  const { codes, names: namesOfCodes } = sides.reference
  const effects = raiseFloors(measured.effects, rowsPer, comparison, (rowsOfWindow) => {
    const window = new Map(names.map((name) => [name, 0]))
    for (const row of rowsOfWindow) {
      const name = namesOfCodes[codes?.[row] ?? -1]
      if (name !== undefined) window.set(name, (window.get(name) ?? 0) + 1)
    }
    const current = [...window.values()]
    return total(current) > 0 ? measureShares({ reference: counts.reference, current }) : []
  })
  const isJensenShannon = effects[0]?.measure === 'jensen-shannon'
  const smallest = detectableJensenShannon(alpha, counts.reference.length, rows)
  return {
    ...measured,
    effects,
    effectiveRows: rows,
    ...(isJensenShannon && smallest > findFloor(effects, 'jensen-shannon')
      ? { detectable: { measure: 'jensen-shannon', value: smallest } }
      : {}),
  }
}

/** What is counted over all rows has no more independent rows than the sample, whose dependence is known. */
function ofCounts(rowsPer: Sides<number>, { dependence: { thinning } }: Comparison): Sides<number> {
  return {
    reference: rowsPer.reference * thinning.reference,
    current: rowsPer.current * thinning.current,
  }
}

/**
 * Raises the floors to the largest effect of a window of the reference, where its rows depend on each other: a season, for
 * example, makes each window differ from the whole.
 */
function raiseFloors(
  effects: readonly Effect[],
  rowsPer: Sides<number>,
  { dependence: { order, windows } }: Comparison,
  measureWindow: (rows: number[]) => readonly Pick<Effect, 'measure' | 'value'>[],
): Effect[] {
  if (!order || rowsPer.reference <= 1) return [...effects]
  const ofWindows = windows.flatMap(({ from, to }) => measureWindow([...order.subarray(from, to)]))
  return effects.map(({ measure, value, floor }) => {
    const largest = ofWindows.filter((window) => window.measure === measure).map((window) => window.value)
    return createEffect(measure, value, Math.max(floor, ...largest))
  })
}

function findFloor(effects: readonly Effect[], measure: Effect['measure']): number {
  return effects.find((effect) => effect.measure === measure)?.floor ?? 0
}

/** How many rows count as one: that of the values, or of their missing ones, whichever depends more. */
function estimateDependence(column: DatasetColumn, { dependence, settings }: Comparison): Sides<number> {
  if (settings.policy !== 'calibrated') return { reference: 1, current: 1 }
  return dependence.estimate(listSeries(column))
}

function listSeries(column: DatasetColumn): Float64Array[] {
  if (column.type === 'numeric' && column.values) {
    const ranks = rankValues(column.values)
    return column.nulls > 0 ? [ranks, column.values.map((value) => (Number.isNaN(value) ? 1 : 0))] : [ranks]
  }
  if (column.type !== 'categorical' || !column.codes) return []
  const { codes, names, counts, nulls } = column
  const indicate = (code: number) => Float64Array.from(codes, (each) => (each === code ? 1 : 0))
  const frequent = [...counts].sort((one, other) => other[1] - one[1]).slice(0, 3)
  const series = frequent.map(([name]) => indicate(names.indexOf(name)))
  return nulls > 0 ? [...series, indicate(-1)] : series
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
