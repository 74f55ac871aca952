import type { EarlierCheck } from '../history.ts'
import { formatNumber } from '../messages.ts'
import type { ColumnReport, Report } from '../report-schema.ts'
import { drawHistograms, drawTrend } from './charts.ts'
import { escapeHtml, escapeShort } from './html.ts'
import { STYLE } from './style.ts'

/** Columns with a card of their own. The others are in the JSON report. */
const MAX_CARDS = 100
/** The shares of a card, so that a page of a hundred cards stays below 300 KB. */
const MAX_CHECKS = 20

/** Renders the report as one page without scripts and without other files. */
export function renderPage(report: Report, earlier: readonly EarlierCheck[]): string {
  const checks = earlier.slice(-MAX_CHECKS)
  const cards = report.columns.slice(0, MAX_CARDS).map((column) => renderCard(column, checks))
  const left = report.columns.length - cards.length
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>Drift: ${report.verdict}</title><style>${STYLE}</style></head>
<body><main>
<section class="banner ${report.verdict}"><h1>Drift: ${report.verdict}</h1><p>${escapeHtml(report.reason)}.</p><p class="soft">${renderSides(report)}</p></section>
${cards.length > 0 ? '<p class="soft legend"><i style="background:var(--ref);margin-left:0"></i>reference<i style="background:var(--cur)"></i>current</p>' : ''}
<section class="columns">${cards.join('\n')}</section>
${left > 0 ? `<p class="soft">And ${left} more columns, in the JSON report.</p>` : ''}
${renderNotes(report)}
</main></body></html>
`
}

function renderSides({ reference, current, policy, seed, meta }: Report): string {
  const side = (name: string, files: Report['reference']) =>
    files
      ? `${name}: ${escapeShort(files.files.join(', '), 120)}, ${files.rows.toLocaleString('en-US')} rows`
      : ''
  const run = /^https:\/\//.test(meta.runUrl) ? `<a href="${escapeHtml(meta.runUrl)}">workflow run</a>` : ''
  return [
    side('Reference', reference),
    side('Current', current),
    `policy ${policy.name}, seed ${seed}`,
    escapeHtml(meta.checkedAt),
    run,
  ]
    .filter((part) => part !== '')
    .join(' · ')
}

function renderCard(column: ColumnReport, earlier: readonly EarlierCheck[]): string {
  const { name, type, verdict, reason, severity } = column
  const trend = [...earlier.map((check) => check.severities.get(name)), severity ?? undefined]
  const title = `<h2 title="${escapeHtml(name)}">${escapeShort(name)}</h2>`
  const badge = `<span class="badge">${verdict}</span>`
  const parts = [
    `<div class="head">${title}${badge}</div>`,
    `<p class="why">${escapeHtml(type)} · ${escapeShort(reason, 300)}</p>`,
    drawHistograms(column),
    renderTable(column),
    drawTrend(trend),
  ]
  return `<article class="card ${verdict}">${parts.join('')}</article>`
}

function renderTable({ reference, current, tests }: ColumnReport): string {
  if (!reference && !current) return ''
  const cell = (value: string | undefined) => `<td>${value ?? ''}</td>`
  const row = (label: string, before: string | undefined, now: string | undefined) =>
    `<tr><th>${label}</th>${cell(before)}${cell(now)}</tr>`
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? undefined : formatNumber(value)
  const missing = (side: ColumnReport['reference']) =>
    side ? `${formatNumber((100 * side.nulls) / Math.max(1, side.rows))} %` : undefined
  const range = (side: ColumnReport['reference']) => {
    const quantiles = side?.quantiles
    return quantiles && quantiles.length === 7
      ? `${formatNumber(quantiles[2] as number)} to ${formatNumber(quantiles[4] as number)}`
      : undefined
  }
  const rows = [
    row('missing', missing(reference), missing(current)),
    ...(reference?.quantiles
      ? [
          row('mean', number(reference.mean), number(current?.mean)),
          row('median', number(reference.quantiles[3]), number(current?.quantiles?.[3])),
          row('middle half', range(reference), range(current)),
        ]
      : []),
    ...(tests.length > 0
      ? [row('p-value', undefined, formatNumber(Math.min(...tests.map((test) => test.adjustedPValue ?? 1))))]
      : []),
  ]
  return `<table><thead><tr><th></th><th>reference</th><th>current</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function renderNotes({ notes }: Report): string {
  if (notes.length === 0) return ''
  return `<h2>What this check could not see</h2><ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`
}
