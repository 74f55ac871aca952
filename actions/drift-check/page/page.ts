import type { EarlierCheck } from '../history.ts'
import { formatNumber, recommend } from '../messages.ts'
import type { Report } from '../report-schema.ts'
import { renderCard } from './card.ts'
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
<section class="banner ${report.verdict}"><h1>Drift: ${report.verdict}</h1><p class="do">${escapeHtml(recommend(report))}</p><p>${escapeHtml(report.reason)}.</p><p class="soft">${renderRun(report)}</p></section>
${renderFigures(report)}
${cards.length > 0 ? '<p class="soft legend"><i style="background:var(--ref);margin-left:0"></i>reference<i style="background:var(--cur)"></i>current</p>' : ''}
<section class="columns">${cards.join('\n')}</section>
${left > 0 ? `<p class="soft">And ${left} more columns, in the JSON report.</p>` : ''}
${renderNotes(report)}
${renderMethod(report)}
</main></body></html>
`
}

function renderRun({ meta }: Report): string {
  const run = /^https:\/\//.test(meta.runUrl)
    ? ` · <a href="${escapeHtml(meta.runUrl)}">workflow run</a>`
    : ''
  return `Checked at ${escapeHtml(meta.checkedAt.replace(/:\d\d\.\d+Z$/, ' UTC').replace('T', ' '))}${run}`
}

/** The numbers of the check in tiles. */
function renderFigures({
  reference,
  current,
  columns,
  driftedColumns,
  performance,
  estimate,
}: Report): string {
  const compared = columns.filter(({ verdict }) => verdict !== 'skipped').length
  const rows = (side: Report['reference']) => side?.rows.toLocaleString('en-US') ?? ''
  const figures = [
    ...(reference && current
      ? [
          ['drifted columns', `${driftedColumns.length} of ${compared}`],
          ['rows, current', rows(current)],
          ['rows, reference', rows(reference)],
        ]
      : []),
    ...(performance
      ? [
          [`${performance.metric}, current`, formatNumber(performance.current.value)],
          [`${performance.metric}, baseline`, formatNumber(performance.baseline.value)],
        ]
      : []),
    ...(estimate
      ? [
          [
            'estimated accuracy (advice)',
            `${formatNumber(estimate.accuracy)} (${formatNumber(estimate.low)} to ${formatNumber(estimate.high)})`,
          ],
        ]
      : []),
  ]
  if (figures.length === 0) return ''
  const tiles = figures.map(
    ([label = '', value = '']) => `<div><dt>${escapeShort(label)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  )
  return `<dl class="figures">${tiles.join('')}</dl>`
}

function renderMethod({ policy, seed, reference, current, dependence }: Report): string {
  const side = (name: string, files: Report['reference']) =>
    files
      ? [
          `${name}: ${escapeShort(files.files.join(', '), 200)}, ${files.sampledRows.toLocaleString('en-US')} rows in the tests, sha256 <code>${escapeHtml(files.sha256)}</code>`,
        ]
      : []
  const { numeric, categorical, nulls } = policy.floors
  const lines = [
    `Policy ${policy.name}, alpha ${policy.alpha}, floors ${numeric} (numeric), ${categorical} (categorical), ${nulls} (missing), seed ${seed}`,
    ...side('Reference', reference),
    ...side('Current', current),
    ...(dependence ? [`Dependence of rows: ${escapeHtml(dependence.method)}`] : []),
  ]
  if (!reference) return ''
  return `<h2>How it was decided</h2><ul class="soft">${lines.map((line) => `<li>${line}</li>`).join('')}</ul>`
}

function renderNotes({ notes }: Report): string {
  if (notes.length === 0) return ''
  return `<h2>What this check could not see</h2><ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`
}
