/** Fewer windows say nothing about how much they differ. */
const MIN_WINDOWS = 5
/** More windows cost time and raise a floor hardly further. */
const MAX_WINDOWS = 50

export interface Window {
  /** First row. */
  from: number
  /** Row after the last one. */
  to: number
}

/**
 * Windows of contiguous rows that do not overlap, spread evenly over all rows. None if fewer than five fit.
 * @param rows in the order of time
 * @param length rows of a window; may be a fraction
 */
export function cutWindows(rows: number, length: number): Window[] {
  const size = Math.max(1, Math.round(length))
  const fitting = Math.floor(rows / size)
  if (fitting < MIN_WINDOWS) return []
  const count = Math.min(fitting, MAX_WINDOWS)
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * (rows - size)) / (count - 1))
    return { from, to: from + size }
  })
}
