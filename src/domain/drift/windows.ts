import type { Dataset, RowSample } from './dataset.ts'
import type { Effect } from './result.ts'

/** Fewer windows say nothing about their spread. */
const MIN_WINDOWS = 5
const MIN_WINDOW_ROWS = 20
/** A window takes part up to so many, evenly spread. */
const MAX_WINDOWS = 50
const WEEK_MS = 7 * 86_400_000

/**
 * Windows of the reference that are as long as the current data: rows of its sample. With times they begin at the same time
 * of the week, so that a weekly season is the same in all of them. Empty if the reference has fewer than five.
 * @param order rows of the sample of the reference in the order of time
 */
export function listWindows(reference: Dataset, current: Dataset, order: Int32Array): Int32Array[] {
  const windows = listPhases(reference.sample, current.sample, order) ?? listSlices(reference, current, order)
  const usable = windows.filter((rows) => rows.length >= MIN_WINDOW_ROWS)
  if (usable.length < MIN_WINDOWS) return []
  const step = Math.max(1, usable.length / MAX_WINDOWS)
  return Array.from(
    { length: Math.min(usable.length, MAX_WINDOWS) },
    (_, at) => usable[Math.floor(at * step)] as Int32Array,
  )
}

function listPhases(
  reference: RowSample | undefined,
  current: RowSample | undefined,
  order: Int32Array,
): Int32Array[] | undefined {
  const [before, now] = [reference?.times, current?.times]
  const known = now?.filter((time) => !Number.isNaN(time)).sort()
  if (!before || !known || known.length === 0) return undefined
  const [start, end] = [known[0] as number, known[known.length - 1] as number]
  const step = Math.max(1, Math.ceil((end - start) / WEEK_MS)) * WEEK_MS
  const times = order.filter((row) => !Number.isNaN(before[row] as number))
  const [first, last] = [before[times[0] as number] as number, before[times.at(-1) as number] as number]
  const windows: Int32Array[] = []
  for (let at = start + Math.floor((last - start) / step) * step; at >= first; at -= step) {
    if (at + (end - start) > last) continue
    windows.push(
      times.filter((row) => (before[row] as number) >= at && (before[row] as number) <= at + (end - start)),
    )
  }
  return windows.length >= MIN_WINDOWS ? windows : undefined
}

function listSlices(reference: Dataset, current: Dataset, order: Int32Array): Int32Array[] {
  const thinning = ({ rows, sample }: Dataset) => rows / Math.max(1, sample?.positions.length ?? rows)
  // Windows of far fewer rows than the current data would raise the floors by chance alone.
  if (thinning(reference) > 2 * thinning(current)) return []
  const length = Math.round((current.rows * order.length) / reference.rows)
  if (length < 1) return []
  const count = Math.floor(order.length / length)
  return Array.from({ length: count }, (_, at) => order.slice(at * length, (at + 1) * length))
}

/**
 * Raises the floors of effects to what windows of the reference reach by themselves: their mean and three standard
 * deviations, as NannyML sets its thresholds.
 * @param ofWindows effects of each window against the whole reference, in the order of `effects`
 */
export function raiseFloors(effects: readonly Effect[], ofWindows: readonly (readonly Effect[])[]): Effect[] {
  return effects.map((effect, index) => {
    const values = ofWindows.flatMap((each) => each[index]?.value ?? [])
    if (values.length < MIN_WINDOWS) return effect
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
    const floor = Math.max(effect.floor, mean + 3 * Math.sqrt(variance))
    return { ...effect, floor, isMaterial: effect.value >= floor }
  })
}
