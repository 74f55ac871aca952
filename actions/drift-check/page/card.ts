import type { EarlierCheck } from '../history.ts'
import { findPValue, formatNumber } from '../messages.ts'
import type { ColumnReport } from '../report-schema.ts'
import { drawHistograms, drawTrend } from './charts.ts'
import { escapeHtml, escapeShort } from './html.ts'

/** One column: what was found, its distribution, its numbers, and its trend. */
const QUANTILES = ['min', '5 %', '25 %', 'median', '75 %', '95 %', 'max']

export function renderCard(column: ColumnReport, earlier: readonly EarlierCheck[]): string {
  const { name, type, verdict, reason, severity } = column
  const trend = [...earlier.map((check) => check.severities.get(name)), severity ?? undefined]
  const title = `<h2 title="${escapeShort(name, 200)}">${escapeShort(name)}</h2>`
  const badge = `<span class="badge">${verdict}</span>`
  const parts = [
    `<div class="head">${title}${badge}</div>`,
    `<p class="why">${escapeHtml(type)} · ${escapeShort(reason, 300)}</p>`,
    drawHistograms(column),
    renderTable(column),
    renderTrend(trend),
  ]
  return `<article class="card ${verdict}">${parts.join('')}</article>`
}

function renderTrend(severities: readonly (number | undefined)[]): string {
  const trend = drawTrend(severities)
  return (
    trend &&
    `<p class="caption">Effect in the last ${severities.length} checks; dashed: the floor</p>${trend}`
  )
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
  const rows = [
    row('missing', missing(reference), missing(current)),
    ...(reference?.quantiles
      ? [
          row('mean', number(reference.mean), number(current?.mean)),
          ...QUANTILES.map((label, at) =>
            row(label, number(reference.quantiles?.[at]), number(current?.quantiles?.[at])),
          ),
        ]
      : []),
    ...(tests.length > 0 ? [row('p-value', undefined, escapeHtml(findPValue(tests)))] : []),
  ]
  return `<table><thead><tr><th></th><th>reference</th><th>current</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}
