import type { Placed } from './join-extras.ts'
import type { Coded } from './rows.ts'

/** What stands in a row, before those of the weight 0 are left out. */
export interface Whole {
  ids: readonly string[]
  labels: { kind: 'numbers'; values: Float64Array } | ({ kind: 'classes' } & Coded)
  extras: readonly Placed[]
}

/**
 * Leaves out rows of the weight 0, as if they had never been there: they are no evidence, and must not be counted as such.
 */
export function withoutWeightless(whole: Whole): Whole {
  const weights = whole.extras.find((extra) => extra.use === 'weight')?.values
  if (!weights?.includes(0)) return whole
  const rows = Uint32Array.from(whole.ids.keys()).filter((row) => weights[row] !== 0)
  const { labels } = whole
  return {
    ids: Array.from(rows, (row) => whole.ids[row] ?? ''),
    labels:
      labels.kind === 'numbers'
        ? { kind: 'numbers', values: numbersOf(labels.values, rows) }
        : { kind: 'classes', ...codedOf(labels, rows) },
    extras: whole.extras.map((extra) =>
      extra.use === 'weight' || extra.use === 'time'
        ? { ...extra, values: numbersOf(extra.values, rows) }
        : { ...extra, values: codedOf(extra.values, rows) },
    ),
  }
}

function numbersOf(values: Float64Array, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row] ?? Number.NaN)
}

/** Only names that a row has are left, in the same order. */
function codedOf({ codes, names }: Coded, rows: Uint32Array): Coded {
  const used = new Uint8Array(names.length)
  for (const row of rows) used[codes[row] ?? 0] = 1
  const left = [...names.keys()].filter((code) => used[code] === 1)
  const now = new Int32Array(names.length)
  for (const [code, was] of left.entries()) now[was] = code
  return {
    codes: Int32Array.from(rows, (row) => now[codes[row] ?? 0] ?? 0),
    names: left.map((code) => names[code] ?? ''),
  }
}
