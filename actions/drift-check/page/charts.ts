import { formatNumber } from '../messages.ts'
import type { ColumnReport } from '../report-schema.ts'
import { escapeShort } from './html.ts'

const [WIDTH, HEIGHT] = [300, 96]
const PLOT = HEIGHT - 18

/** Coordinates have one digit, which keeps a page of a hundred columns small. */
const digit = (value: number) => String(Number(value.toFixed(1)))

/** Overlaid histograms: the reference as grey bars, the current data as a blue outline. */
export function drawHistograms({ reference, current, edges, categories }: ColumnReport): string {
  const [before, now] = [reference?.shares ?? [], current?.shares ?? []]
  const bins = Math.max(before.length, now.length)
  const highest = Math.max(...before, ...now, 0)
  if (bins === 0 || highest === 0) return ''
  const step = WIDTH / bins
  const top = (share: number) => PLOT - (share / highest) * (PLOT - 4)
  // One path for all bars: a page of a hundred columns has thousands of them.
  const width = digit(Math.max(1, step - 1))
  const bars = before.map(
    (share, at) => `M${digit(at * step + 0.5)} ${PLOT}V${digit(top(share))}h${width}V${PLOT}`,
  )
  const line = now.map(
    (share, at) =>
      `${at === 0 ? 'M0' : 'L'}${at === 0 ? '' : digit(at * step)} ${digit(top(share))}H${digit((at + 1) * step)}`,
  )
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Distribution of the reference and the current data"><path d="${bars.join('')}" fill="var(--ref)" opacity=".45"/><path d="${line.join('')}" fill="none" stroke="var(--cur)" stroke-width="2"/><path d="M0 ${PLOT}H${WIDTH}" stroke="var(--line)"/>${drawAxis(edges, categories, step)}</svg>`
}

function drawAxis(
  edges: readonly number[] | null,
  categories: readonly string[] | null,
  step: number,
): string {
  const label = (x: number, anchor: string, text: string) =>
    `<text x="${digit(x)}" y="${HEIGHT - 4}" text-anchor="${anchor}" font-size="11" fill="var(--soft)">${text}</text>`
  if (edges && edges.length > 1) {
    const [first, middle, last] = [edges[0], edges[Math.floor(edges.length / 2)], edges.at(-1)] as number[]
    return (
      label(0, 'start', formatNumber(first ?? 0)) +
      label(Math.floor(edges.length / 2) * step, 'middle', formatNumber(middle ?? 0)) +
      label(WIDTH, 'end', formatNumber(last ?? 0))
    )
  }
  const room = Math.max(1, Math.floor(step / 6.5))
  if (!categories || room < 3) return ''
  return categories.map((name, at) => label((at + 0.5) * step, 'middle', escapeShort(name, room))).join('')
}

/** The effect over the earlier checks and this one, with the floor at 1 as a dashed line. */
export function drawTrend(severities: readonly (number | undefined)[]): string {
  const known = severities.filter((value) => value !== undefined)
  if (known.length < 2) return ''
  const height = 40
  const highest = Math.max(1.2, ...known)
  const x = (at: number) => (severities.length === 1 ? 0 : (at / (severities.length - 1)) * (WIDTH - 8) + 4)
  const y = (value: number) => height - 4 - (Math.min(value, highest) / highest) * (height - 8)
  const points = severities.flatMap((value, at) =>
    value === undefined ? [] : [`${digit(x(at))},${digit(y(value))}`],
  )
  const last = points.at(-1)?.split(',') ?? []
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Effect relative to its floor over the last ${severities.length} checks"><path d="M0 ${digit(y(1))}H${WIDTH}" stroke="var(--soft)" stroke-dasharray="3 3"/><polyline points="${points.join(' ')}" fill="none" stroke="var(--cur)" stroke-width="1.5"/><circle cx="${last[0]}" cy="${last[1]}" r="3" fill="var(--cur)"/></svg>`
}
