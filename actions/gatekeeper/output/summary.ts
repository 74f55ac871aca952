import type { Run } from '../../../src/adapters/mlflow/schemas.ts'
import { formatSignedValue, formatValue } from '../../../src/domain/core/metric-value.ts'
import type { Check } from '../../../src/domain/gate/evaluation/types.ts'
import {
  computeAxis,
  type PlottedInterval,
  plotInterval,
} from '../../../src/domain/gate/inference/interval-plot.ts'
import { escapeMarkdown, formatCodeBlock, formatTable } from '../../../src/runtime/markdown.ts'
import { describeCriterion, describeSubject } from '../messages/criterion.ts'
import { candidateValue, championValue, type Decision } from './report.ts'

/** Width of an interval plot in characters. */
const TABLE_PLOT_WIDTH = 15
const CHART_WIDTH = 61
const MAX_ROWS = 30

/** Renders the job summary: a headline, the reason, the checks, a chart, notes and links. */
export function renderSummary(decision: Decision, version: string | undefined): string {
  const { gateContext, verdict, dryRun, result } = decision
  return [
    `### Gate of ${escapeMarkdown(gateContext.snapshot.name)}: ${verdict.verdict}${dryRun ? ' (dry run)' : ''}`,
    `**${escapeMarkdown(renderHeadline(decision, version))}**`,
    escapeMarkdown(verdict.reason, 1000),
    renderChecks(decision),
    renderChart(result.evaluation?.checks ?? []),
    renderNotes(decision),
    renderLinks(decision, version),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function renderHeadline(
  { verdict, gateContext: { champion, policy }, result }: Decision,
  version: string | undefined,
): string {
  const candidate = version === undefined ? 'the candidate' : `version ${version}`
  if (verdict.forced !== undefined) return `Promote ${candidate}: the gate was overridden with force.`
  const live = champion.kind === 'version' ? `version ${champion.number}` : undefined
  const keep = live === undefined ? '' : ` Keep ${live}.`
  if (verdict.fix !== undefined) return `Not evaluated. ${verdict.fix}${keep}`
  if (verdict.verdict === 'reject')
    return `Reject ${candidate}: ${verdict.cause ?? 'it does not meet the policy'}.${keep}`
  if (verdict.verdict === 'inconclusive')
    return `Inconclusive: not enough evidence that ${candidate} ${live === undefined ? 'meets the policy' : `can replace ${live}`}.`
  if (live === undefined) return `Promote ${candidate}: first model, within the limits of the policy.`
  if (candidate === live) return `Keep ${live}: it is already the champion.`
  if (policy.comparison.kind === 'threshold')
    return `Replace ${live} with ${candidate}: within the limits of the policy, not compared.`
  const isPaired = result.evaluation?.checks.some(({ kind, change }) => kind === 'primary' && change?.paired)
  if (!isPaired)
    return `Replace ${live} with ${candidate}: better logged ${policy.primary.metric}, not compared on the same rows.`
  const { confidence } = policy.statistics
  return `Replace ${live} with ${candidate}: compared on the same ${result.holdout?.rows.toLocaleString('en-US')} rows, ${formatValue(100 * confidence)} % confidence.`
}

function renderChecks(decision: Decision): string {
  const checks = decision.result.evaluation?.checks ?? []
  const { metric } = decision.gateContext.policy.primary
  const values = [championValue(decision), candidateValue(decision)].map(formatCell)
  const rows = checks
    .slice(0, MAX_ROWS)
    .map((check) => [
      escapeMarkdown(describeSubject(check.subject)),
      formatCell(check.baseline),
      formatCell(check.candidate),
      renderChange(check),
      escapeMarkdown(describeCriterion(check.criterion)),
      RESULT_LABELS[check.result],
    ])
  const unevaluated = [escapeMarkdown(metric), ...values, '', '', 'not evaluated']
  const table = formatTable(TABLE_HEAD, rows.length > 0 ? rows : [unevaluated])
  const more = checks.length - rows.length
  return more > 0 ? `${table}\n\n${more} more are in the report.` : table
}

const TABLE_HEAD = ['metric', 'champion', 'candidate', 'change (positive is better)', 'required', 'result']
const RESULT_LABELS = { pass: '✅ pass', fail: '❌ fail', inconclusive: '❔ inconclusive' } as const

function renderChange(check: Check): string {
  if (!check.change) return ''
  const { estimate, low, high } = check.change
  const interval = { change: check.change, margin: check.margin }
  // Markdown folds blanks, so the plot uses no-break spaces.
  const plot = plotInterval(interval, computeAxis([interval]), TABLE_PLOT_WIDTH).replaceAll(' ', '\u00a0')
  return `${formatSignedValue(estimate)} (${formatSignedValue(low)} to ${formatSignedValue(high)}) <code>${plot}</code>`
}

/** Plots the primary metric, overall and in the slices, on one axis. */
function renderChart(checks: readonly Check[]): string {
  const intervals = checks
    .flatMap(({ subject, kind, change, margin }) => {
      const isPlotted = kind === 'primary' || kind === 'slice' || kind === 'anchor'
      const name = `${describeSubject(subject)}${kind === 'anchor' ? ' (anchor)' : ''}`
      return isPlotted && change ? [{ name, change, margin }] : []
    })
    .slice(0, MAX_ROWS)
  if (intervals.length === 0) return ''
  const axis = computeAxis(intervals)
  const nameWidth = Math.min(40, Math.max(...intervals.map(({ name }) => name.length)))
  const renderLine = ({ name, ...interval }: PlottedInterval & { name: string }) =>
    `${name.slice(0, nameWidth).padEnd(nameWidth)}  ${plotInterval(interval, axis, CHART_WIDTH)}`
  const scale = `${''.padEnd(nameWidth)}  ${formatSignedValue(axis.from).padEnd(CHART_WIDTH - 8)}${formatSignedValue(axis.to).padStart(8)}`
  const legend = `${''.padEnd(nameWidth)}  ├─●─┤ change with confidence bounds   ┊ no change   │ required margin`
  return formatCodeBlock([...intervals.map(renderLine), scale, legend].join('\n'))
}

function renderNotes({ result, counts, gateContext: { champion } }: Decision): string {
  const { evaluation, championAgeDays, notes } = result
  const { holdoutReuse, consecutiveRejections } = counts
  const tests = evaluation?.selfTests ?? []
  const passed = tests.filter((test) => test.passed).length
  const number = champion.kind === 'version' ? champion.number : undefined
  return [
    ...notes,
    tests.length > 0 && `Gate self-tests passed: ${passed} of ${tests.length}.`,
    championAgeDays !== undefined && `Champion ${number} is ${championAgeDays} days old.`,
    holdoutReuse > 1 &&
      `${holdoutReuse} candidates were evaluated on this holdout against champion ${number}.`,
    consecutiveRejections > 1 && `${consecutiveRejections} consecutive candidates were not promoted.`,
  ]
    .filter((line) => line !== false)
    .map((line) => `- ${escapeMarkdown(line, 600)}`)
    .join('\n')
}

function renderLinks({ gateContext, runUrl }: Decision, version: string | undefined): string {
  // A closing parenthesis would end the link.
  const { base, name: model } = gateContext.snapshot
  const [server, name] = [base, encodeURIComponent(model)].map((part) => part.replaceAll(')', '%29'))
  const linkRun = (title: string, run: Run | undefined) =>
    run ? [`[${title}](${server}/#/experiments/${run.experimentId}/runs/${run.id})`] : []
  const linkVersion = (title: string, number: string | undefined) =>
    number === undefined ? [] : [`[${title} ${number}](${server}/#/models/${name}/versions/${number})`]
  const { champion, run, championRun } = gateContext
  return [
    ...linkVersion('version', version),
    ...linkVersion('champion', champion.kind === 'version' ? champion.number : undefined),
    ...linkRun('candidate run', run),
    ...linkRun('champion run', championRun),
    ...(runUrl ? [`[workflow run](${runUrl})`] : []),
  ].join(' · ')
}

function formatCell(value: number | undefined): string {
  if (value === undefined) return '-'
  const text = String(value)
  return escapeMarkdown(text.length > 10 ? formatValue(value) : text)
}
