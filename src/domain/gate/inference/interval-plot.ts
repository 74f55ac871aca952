import type { Interval } from '../../statistics/interval.ts'

export interface PlottedInterval {
  change: Interval
  margin: number | undefined
}

/** Ends of an axis that fits all intervals and zero. */
export function computeAxis(intervals: readonly PlottedInterval[]): { from: number; to: number } {
  const points = intervals.flatMap(({ change, margin }) => [change.low, change.high, margin ?? 0, 0])
  const finite = points.filter((point) => Number.isFinite(point))
  const [from, to] = [Math.min(...finite), Math.max(...finite)]
  const room = (to - from || 1) * 0.05
  return { from: from - room, to: to + room }
}

/**
 * One line of text: `├──●──┤` from the lower to the upper bound, `┊` at no change, `│` at the margin.
 * @param width in characters
 */
export function plotInterval(
  { change, margin }: PlottedInterval,
  { from, to }: { from: number; to: number },
  width: number,
) {
  const column = (value: number) => {
    const at = Math.round(((value - from) / (to - from)) * (width - 1))
    return Number.isFinite(at) ? Math.min(width - 1, Math.max(0, at)) : value > 0 ? width - 1 : 0
  }
  const cells = Array.from({ length: width }, () => ' ')
  const draw = (value: number, mark: string) => {
    cells[column(value)] = mark
  }
  draw(0, '┊')
  for (let at = column(change.low); at <= column(change.high); at += 1) cells[at] = '─'
  draw(change.low, '├')
  draw(change.high, '┤')
  if (margin !== undefined) draw(margin, '│')
  draw(change.estimate, '●')
  return cells.join('')
}
