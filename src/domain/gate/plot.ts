import type { Interval } from './interval.ts'

/** An interval to draw, and the boundary that it is held against. */
export interface Drawn {
  change: Interval
  boundary: number | undefined
}

/** Left and right end of an axis that all of them fit on, zero included. */
export function axisOf(drawn: readonly Drawn[]): { from: number; to: number } {
  const points = drawn.flatMap(({ change, boundary }) => [change.low, change.high, boundary ?? 0, 0])
  const finite = points.filter((point) => Number.isFinite(point))
  const [from, to] = [Math.min(...finite), Math.max(...finite)]
  const room = (to - from || 1) * 0.05
  return { from: from - room, to: to + room }
}

/**
 * One line of text: `├──●──┤` from the lower to the upper bound, `┊` at no change, and `│` at the boundary, which the
 * whole of it has to lie beyond.
 * @param width in characters
 */
export function plot({ change, boundary }: Drawn, { from, to }: { from: number; to: number }, width: number) {
  const column = (value: number) => {
    const at = Math.round(((value - from) / (to - from)) * (width - 1))
    return Number.isFinite(at) ? Math.min(width - 1, Math.max(0, at)) : value > 0 ? width - 1 : 0
  }
  const cells = Array.from({ length: width }, () => ' ')
  const put = (value: number, mark: string) => {
    cells[column(value)] = mark
  }
  put(0, '┊')
  for (let at = column(change.low); at <= column(change.high); at += 1) cells[at] = '─'
  put(change.low, '├')
  put(change.high, '┤')
  if (boundary !== undefined) put(boundary, '│')
  put(change.estimate, '●')
  return cells.join('')
}
