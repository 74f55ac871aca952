import type { Check } from '../../src/domain/gate/check.ts'
import { axisOf, type Drawn, plot } from '../../src/domain/gate/plot.ts'
import { figure, signed } from '../../src/domain/metric-value.ts'
import { fenced, plain, table } from '../../src/runtime/markdown.ts'
import { candidateValue, championValue, type Decision } from './decision.ts'
import { falsePromotesPerYear } from './report.ts'

/** Characters of an interval in a table, and in the chart. */
const SMALL = 15
const LARGE = 61
const MOST_ROWS = 30

/** The verdict as the job's page shows it: one sentence, one table, one chart, what could not be known, links. */
export function summary(decision: Decision, version: string | undefined): string {
  const { model, verdict, dryRun, tried } = decision
  const title = `### Gate of ${plain(model)}: ${verdict.verdict}${dryRun ? ' (dry run, nothing was written)' : ''}`
  return [
    title,
    `**${plain(sentence(decision, version))}**`,
    plain(verdict.reason, 1000),
    checksTable(decision),
    chart(tried.trial?.checks ?? []),
    known(decision),
    links(decision, version),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** What somebody has to know who reads nothing else. */
function sentence({ verdict, seen, tried, policy }: Decision, version: string | undefined): string {
  const who = version === undefined ? 'The candidate' : `Version ${version}`
  const whom = seen.champion.kind === 'version' ? `version ${seen.champion.number}, which is live` : ''
  const goal = whom === '' ? 'to go live' : `to replace ${whom}`
  const { metric } = policy.primary
  if (verdict.forced !== undefined) return `${who} may go live because a person overrode the gate.`
  if (verdict.verdict === 'reject') return `${who} stays out: it is not good enough ${goal}.`
  if (verdict.verdict === 'inconclusive')
    return `${who} stays out for now: nobody can tell whether it is good enough ${goal}.`
  if (seen.champion.kind !== 'version') return `${who} may go live: it is the first one.`
  if (version === seen.champion.number) return `${who} is the one that is live.`
  if (policy.comparison.kind === 'threshold')
    return `${who} may replace ${whom}: it is within the limits; the two were not compared.`
  const compared = tried.trial?.checks.some(({ kind, change }) => kind === 'primary' && change?.paired)
  if (!compared)
    return `${who} may replace ${whom}: ${metric} is good enough, but the two were not compared on the same rows.`
  const { confidence } = policy.statistics
  return `${who} may replace ${whom}: shown on the same ${tried.rows?.toLocaleString('en-US')} rows, with ${figure(100 * confidence)} % confidence.`
}

function checksTable(decision: Decision): string {
  const checks = decision.tried.trial?.checks ?? []
  if (checks.length === 0) {
    const rows = [
      [
        plain(decision.policy.primary.metric),
        shown(championValue(decision)),
        shown(candidateValue(decision)),
        '',
        '',
        'not judged',
      ],
    ]
    return table(HEAD, rows)
  }
  const rows = checks
    .slice(0, MOST_ROWS)
    .map((check) => [
      plain(check.subject),
      shown(check.rival),
      shown(check.candidate),
      change(check),
      plain(check.limit),
      RESULTS[check.result],
    ])
  const more = checks.length - rows.length
  return more > 0 ? `${table(HEAD, rows)}\n\n${more} more are in the report.` : table(HEAD, rows)
}

const HEAD = ['metric', 'champion', 'candidate', 'change (positive is better)', 'asked for', 'result']
const RESULTS = { holds: '✅ holds', fails: '❌ fails', undecided: '❔ open' } as const

function change(check: Check): string {
  if (!check.change) return ''
  const { estimate, low, high } = check.change
  const drawn = { change: check.change, boundary: check.boundary }
  // A no-break space keeps the drawing's columns where markdown would fold blanks.
  const small = plot(drawn, axisOf([drawn]), SMALL).replaceAll(' ', '\u00a0')
  return `${signed(estimate)} (${signed(low)} to ${signed(high)}) <code>${small}</code>`
}

/** The metric that decides, overall and in its slices, on one axis. */
function chart(checks: readonly Check[]): string {
  const drawn = checks
    .filter(({ kind }) => kind === 'primary' || kind === 'slice' || kind === 'anchor')
    .flatMap(({ subject, kind, change, boundary }) =>
      change ? [{ name: kind === 'anchor' ? `${subject} (anchor)` : subject, change, boundary }] : [],
    )
    .slice(0, MOST_ROWS)
  if (drawn.length === 0) return ''
  const axis = axisOf(drawn)
  const names = Math.min(40, Math.max(...drawn.map(({ name }) => name.length)))
  const line = ({ name, ...each }: Drawn & { name: string }) =>
    `${name.slice(0, names).padEnd(names)}  ${plot(each, axis, LARGE)}`
  const ends = `${''.padEnd(names)}  ${signed(axis.from).padEnd(LARGE - 8)}${signed(axis.to).padStart(8)}`
  const legend = `${''.padEnd(names)}  ├─●─┤ change and its bounds   ┊ no change   │ must lie right of this`
  return fenced([...drawn.map(line), ends, legend].join('\n'))
}

/** What could not be known, and how far the rest may be trusted. */
function known(decision: Decision): string {
  const { tried, count, seen } = decision
  const tests = tried.trial?.selfTests ?? []
  const passed = tests.filter((test) => test.passed).length
  const perYear = falsePromotesPerYear(decision)
  const number = seen.champion.kind === 'version' ? seen.champion.number : undefined
  const lines = [
    ...tried.notes,
    ...(tests.length > 0
      ? [
          `The gate proved itself first: ${passed} of ${tests.length} questions with a known answer were answered right.`,
        ]
      : []),
    ...(tried.championAge === undefined ? [] : [`Champion ${number} is ${tried.championAge} days old.`]),
    ...(count.onThisHoldout > 1
      ? [`This holdout has judged ${count.onThisHoldout} candidates against champion ${number}.`]
      : []),
    ...(perYear === undefined
      ? []
      : [
          `At the rate of retrains seen so far, ${figure(count.perYear ?? 0)} a year, at most ${figure(perYear)} candidates a year would be let through without being good enough.`,
        ]),
    ...(count.refusedInARow > 1 ? [`${count.refusedInARow} candidates in a row were not let through.`] : []),
  ]
  return lines.map((line) => `- ${plain(line, 600)}`).join('\n')
}

function links({ server: base, model, seen, runUrl }: Decision, version: string | undefined): string {
  // A closing bracket would end the link.
  const [server, name] = [base, encodeURIComponent(model)].map((part) => part.replaceAll(')', '%29'))
  const run = (title: string, of: typeof seen.run) =>
    of ? [`[${title}](${server}/#/experiments/${of.experimentId}/runs/${of.id})`] : []
  const one = (title: string, number: string | undefined) =>
    number === undefined ? [] : [`[${title} ${number}](${server}/#/models/${name}/versions/${number})`]
  const { champion } = seen
  return [
    ...one('version', version),
    ...one('champion', champion.kind === 'version' ? champion.number : undefined),
    ...run("the candidate's run", seen.run),
    ...run("the champion's run", seen.championRun),
    ...(runUrl ? [`[this workflow run](${runUrl})`] : []),
  ].join(' · ')
}

function shown(value: number | undefined): string {
  if (value === undefined) return '-'
  const text = String(value)
  return plain(text.length > 10 ? figure(value) : text)
}
