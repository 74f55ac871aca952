import type { Dataset, NumericColumn } from '../../../src/domain/drift/dataset.ts'
import type { DataDriftResult } from '../../../src/domain/drift/result.ts'
import { normalQuantile } from '../../../src/domain/statistics/distributions.ts'
import { createRandom, type Random } from '../../../src/domain/statistics/random.ts'
import type { PowerCell, PowerResult } from './results.ts'

/** Compares two datasets with the defaults of drift-check. */
export type Compare = (reference: Dataset, current: Dataset) => Pick<DataDriftResult, 'verdict'>

const COLUMNS = 20
const SHIFTS = [0, 0.1, 0.2, 0.5, 1]
const SIZES = [
  [500, 100],
  [900, 900],
  [2000, 100],
  [2000, 1000],
  [20_000, 300],
  [20_000, 5000],
] as const
/** Of small samples; a large one takes longer and varies less. */
const SIMULATIONS = 200
const LARGE_SIMULATIONS = 40
const LARGE = 10_000

/** Simulates how often drift-check reports drift if one of 20 normal columns moves. */
export function simulatePower(compare: Compare): PowerResult {
  const cells: PowerCell[] = []
  for (const [referenceRows, currentRows] of SIZES) {
    const simulations = referenceRows > LARGE ? LARGE_SIMULATIONS : SIMULATIONS
    const drift = SHIFTS.map(() => 0)
    const random = createRandom(`${referenceRows}${currentRows}`.padEnd(32, '7'))
    for (let round = 0; round < simulations; round += 1) {
      // All shifts see the same draws, so that they differ in nothing else.
      const reference = drawDataset(referenceRows, random)
      const current = drawDataset(currentRows, random)
      for (const [index, shift] of SHIFTS.entries()) {
        const { verdict } = compare(reference, moveFirstColumn(current, shift))
        if (verdict === 'drift') drift[index] = (drift[index] ?? 0) + 1
      }
    }
    for (const [index, shift] of SHIFTS.entries())
      cells.push({ referenceRows, currentRows, shift, simulations, drift: drift[index] ?? 0 })
  }
  return { columns: COLUMNS, cells }
}

interface NumericDataset extends Dataset {
  columns: readonly NumericColumn[]
}

function drawDataset(rows: number, random: Random): NumericDataset {
  const columns = Array.from({ length: COLUMNS }, (_, index) =>
    createColumn(
      `x${index}`,
      Float64Array.from({ length: rows }, () => drawNormal(random)),
    ),
  )
  const positions = Float64Array.from({ length: rows }, (_, row) => row)
  return { rows, columns, sample: { positions, groups: undefined, times: undefined } }
}

const drawNormal = (random: Random) => normalQuantile((random.bits() + 0.5) / 2 ** 32)

function createColumn(name: string, values: Float64Array): NumericColumn {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return {
    name,
    type: 'numeric',
    nulls: 0,
    mean,
    standardDeviation: Math.sqrt(variance),
    min: values.reduce((least, value) => Math.min(least, value), Infinity),
    max: values.reduce((most, value) => Math.max(most, value), -Infinity),
    distinct: undefined,
    values,
    histogram: undefined,
  }
}

function moveFirstColumn(data: NumericDataset, shift: number): Dataset {
  return {
    ...data,
    columns: data.columns.map((column, index) =>
      index === 0 && column.values
        ? createColumn(
            column.name,
            column.values.map((value) => value + shift),
          )
        : column,
    ),
  }
}
