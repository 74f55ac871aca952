import { escapeMarkdown, formatHeadline, formatTable } from '../../src/runtime/markdown.ts'
import type { Failure } from './messages.ts'
import type { Report } from './report-schema.ts'

const MAX_ROWS = 50

/** Renders the job summary: the result in one line, the failures worst first, and what was checked. */
export function renderSummary(report: Report, failures: readonly Failure[]): string {
  const { valid, rows, columns, errors, warnings } = report
  const table = `${rows?.toLocaleString('en-US')} rows, ${columns} columns`
  const counts = [errors > 0 ? `${errors} errors` : '', warnings > 0 ? `${warnings} warnings` : '']
  const found = counts.filter((part) => part !== '').join(', ') || 'no failures'
  const action = valid ? 'The training can use this data.' : 'Do not train with this data.'
  return [
    formatHeadline(`Data: ${valid ? 'valid' : 'not valid'}`, `${found} in ${table}. ${action}`),
    renderFailures(failures),
    renderChecked(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function renderFailures(failures: readonly Failure[]): string {
  if (failures.length === 0) return ''
  const rows = failures
    .slice(0, MAX_ROWS)
    .map(({ result, message }) => [result.severity, `\`${result.check}\``, escapeMarkdown(message, 1000)])
  const more = failures.length > MAX_ROWS ? `\n\nAnd ${failures.length - MAX_ROWS} more, in the report.` : ''
  return `${formatTable(['severity', 'check', 'what is wrong'], rows)}${more}`
}

function renderChecked({ checks, files, rules, missingValues }: Report): string {
  const byName = Object.entries(Object.groupBy(checks, ({ check }) => check))
  const rows = byName.map(([name, results = []]) => {
    const failed = results.filter(({ passed }) => !passed).length
    return [`\`${name}\``, String(results.length), String(failed)]
  })
  const words =
    missingValues.more.length === 0
      ? ''
      : ` Also missing: ${missingValues.more.map((word) => escapeMarkdown(word)).join(', ')}.`
  const source = { schema: 'the schema', reference: 'the reference', inputs: 'the inputs' }[rules]
  const listed = files.slice(0, 10).map((file) => escapeMarkdown(file))
  const rest = files.length > 10 ? `, and ${files.length - 10} more` : ''
  return `<details><summary>What was checked</summary>\n\nFiles: ${listed.join(', ')}${rest}. Rules of ${source}.${words}\n\n${formatTable(['check', 'times', 'failed'], rows)}\n\n</details>`
}
