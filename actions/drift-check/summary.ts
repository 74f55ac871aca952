import { escapeMarkdown, formatHeadline, formatTable } from '../../src/runtime/markdown.ts'
import { findPValue, formatNumber, MEASURE_NAMES, recommend } from './messages.ts'
import type { ColumnReport, Report } from './report-schema.ts'

const MAX_ROWS = 25
const CHART_COLUMNS = 10
/** GitHub drops a summary near 1 MiB without a word. The whole of this one stays below 200 KB. */
const MAX_TABLE_BYTES = 170_000
const MAX_NOTES = 10
const BLOCKS = '▁▂▃▄▅▆▇█'
const HISTOGRAM_WIDTH = 12

/** Renders the job summary: the verdict, the columns worst first, a chart, and what the check could not see. */
export function renderSummary(report: Report, reportPage: string | undefined): string {
  return [
    formatHeadline(`Drift: ${report.verdict}`, `${recommend(report)} ${report.reason}.`),
    renderPerformance(report),
    renderColumns(report.columns),
    renderChart(report.columns),
    renderBlindSpots(report),
    renderMethod(report),
    reportPage === undefined ? '' : `The same as a page, with histograms: \`${escapeMarkdown(reportPage)}\`.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const HEAD = ['column', 'verdict', 'what was found', 'p', 'rows', 'missing', 'reference / current']

function renderColumns(columns: readonly ColumnReport[]): string {
  if (columns.length === 0) return ''
  const rows = takeWithin(MAX_TABLE_BYTES, columns.map(renderRow))
  const first = formatTable(HEAD, rows.slice(0, MAX_ROWS))
  const left = columns.length - rows.length
  const more = left > 0 ? `\n\nAnd ${left} more, in the JSON report.` : ''
  if (rows.length <= MAX_ROWS) return `${first}${more}`
  return `${first}\n\n<details><summary>${columns.length - MAX_ROWS} more columns</summary>\n\n${formatTable(HEAD, rows.slice(MAX_ROWS))}${more}\n\n</details>`
}

/** The first rows that fit into so many bytes. */
function takeWithin(maxBytes: number, rows: readonly string[][]): string[][] {
  let bytes = 0
  const end = rows.findIndex((cells) => {
    bytes += Buffer.byteLength(cells.join(' | ')) + 5
    return bytes > maxBytes
  })
  return rows.slice(0, end < 0 ? rows.length : end)
}

function renderRow(column: ColumnReport): string[] {
  const { name, verdict, reason, tests, reference, current } = column
  const p = findPValue(tests)
  const rows = [reference, current].map((side) => side?.rows.toLocaleString('en-US') ?? 'none')
  const missing = [reference, current].map((side) =>
    side ? formatShare(side.nulls / Math.max(1, side.rows)) : '',
  )
  const shares = [reference, current].map((side) => drawHistogram(side?.shares ?? []))
  return [
    escapeMarkdown(name, 80),
    verdict === 'drift' ? '**drift**' : verdict,
    escapeMarkdown(reason, 300),
    p,
    rows.join(' → '),
    missing.join(' → '),
    shares.every((text) => text === '') ? '' : `${shares[0]}<br>${shares[1]}`,
  ]
}

/** Unicode blocks, which every place that shows Markdown has. The highest bar is full. */
export function drawHistogram(shares: readonly number[]): string {
  const perBar = Math.max(1, Math.ceil(shares.length / HISTOGRAM_WIDTH))
  const bars: number[] = []
  for (let at = 0; at < shares.length; at += perBar)
    bars.push(shares.slice(at, at + perBar).reduce((sum, share) => sum + share, 0))
  const highest = Math.max(...bars, 0)
  if (highest === 0) return ''
  return bars
    .map((bar) => BLOCKS[Math.min(BLOCKS.length - 1, Math.round((bar / highest) * (BLOCKS.length - 1)))])
    .join('')
}

function formatShare(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`
}

/** One series of bars, since Mermaid draws two over each other, and the floor as a line. */
function renderChart(columns: readonly ColumnReport[]): string {
  const bars = columns.flatMap(({ name, severity, effects }) =>
    severity === null || effects.length === 0 ? [] : [{ name, value: severity }],
  )
  const top = bars.sort((one, other) => other.value - one.value).slice(0, CHART_COLUMNS)
  if (top.length < 2) return ''
  const names = top.map(({ name }) => `"${name.replace(/[^\p{L}\p{N} _.-]/gu, '').slice(0, 16) || '?'}"`)
  const values = top.map(({ value }) => Number(value.toFixed(2)))
  const highest = Math.max(1.2, ...values)
  return [
    '```mermaid',
    'xychart-beta',
    '  title "Effect relative to its floor"',
    `  x-axis [${names.join(', ')}]`,
    `  y-axis 0 --> ${Number((highest * 1.1).toFixed(2))}`,
    `  bar [${values.join(', ')}]`,
    `  line [${values.map(() => 1).join(', ')}]`,
    '```',
  ].join('\n')
}

function renderBlindSpots({ columns, notes }: Report): string {
  const unclear = columns.filter(({ verdict }) => verdict === 'inconclusive')
  const skipped = columns.filter(({ verdict }) => verdict === 'skipped')
  const list = (some: readonly ColumnReport[]) =>
    `${some
      .slice(0, 10)
      .map(({ name }) => escapeMarkdown(name, 40))
      .join(', ')}${some.length > 10 ? `, and ${some.length - 10} more` : ''}`
  const lines = [
    ...(unclear.length > 0 ? [`Too few rows to show a difference at the floor: ${list(unclear)}.`] : []),
    ...(skipped.length > 0 ? [`Not compared: ${list(skipped)}.`] : []),
    ...notes.slice(0, MAX_NOTES).map((note) => escapeMarkdown(note, 400)),
  ]
  if (lines.length === 0) return ''
  return `What this check could not see:\n\n${lines.map((line) => `- ${line}`).join('\n')}`
}

function renderPerformance({ performance, estimate }: Report): string {
  const lines = [
    ...(performance
      ? [
          `${escapeMarkdown(performance.reason, 500)}. Baseline: ${escapeMarkdown(performance.baseline.from)}. Current: ${escapeMarkdown(performance.current.from)}.`,
        ]
      : []),
    ...(estimate
      ? [
          `Estimated accuracy without labels: ${formatNumber(estimate.accuracy)} (${formatNumber(estimate.low)} to ${formatNumber(estimate.high)}); ${formatNumber(estimate.referenceAccuracy)} in the reference. Advice: it decides nothing.`,
        ]
      : []),
  ]
  return lines.map((line) => `- ${line}`).join('\n')
}

function renderMethod({ policy, seed, reference, current, dependence, kOfN }: Report): string {
  if (!reference || !current) return ''
  const { floors } = policy
  const rule = {
    calibrated: `drift is a p-value of at most ${policy.alpha} after Benjamini and Hochberg, and an effect at its floor (${MEASURE_NAMES['ks-distance']} or Wasserstein ${floors.numeric}, Jensen-Shannon ${floors.categorical}, missing ${floors.nulls})`,
    'two-sigma': `drift is a mean that moved by more than ${policy.sigmas} standard deviations`,
    evidently: 'drift is what the default tests of Evidently report',
  }[policy.name]
  const side = (name: string, { files, sha256, rows, sampledRows }: NonNullable<Report['reference']>) =>
    `${name}: ${listFiles(files)}, ${rows.toLocaleString('en-US')} rows${sampledRows < rows ? ` (${sampledRows.toLocaleString('en-US')} in the tests)` : ''}, sha256 ${sha256.slice(0, 12)}`
  const lines = [
    `Policy ${policy.name}: ${rule}. Seed ${seed}.`,
    side('Reference', reference),
    side('Current', current),
    ...(dependence && dependence.dependentColumns.length > 0
      ? [
          `Rows of ${dependence.dependentColumns.length} columns depend on each other (by ${dependence.method}), and count as fewer.`,
        ]
      : []),
    ...(kOfN
      ? [`${kOfN.drifted} of the last ${kOfN.checks} checks drifted; ${kOfN.k} of ${kOfN.n} are needed.`]
      : []),
  ]
  return `<details><summary>How it was decided</summary>\n\n${lines.map((line) => `- ${line}`).join('\n')}\n\n</details>`
}

function listFiles(files: readonly string[]): string {
  const listed = files.slice(0, 5).map((file) => escapeMarkdown(file, 100))
  return `${listed.join(', ')}${files.length > 5 ? `, and ${files.length - 5} more` : ''}`
}
