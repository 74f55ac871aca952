import type { Evidence } from '../../src/domain/rollout-evidence.ts'
import { lastWords } from '../../src/domain/rollout-evidence.ts'
import { type Diagnosis, sentenceOf } from '../../src/domain/rollout-failure.ts'
import { fenced, plain, table } from '../../src/runtime/markdown.ts'
import type { TakenBack } from './rolling.ts'

/** What the job's page says of a deployment, whatever became of it. */
export interface Report {
  outcome: string
  release: string
  namespace: string
  model: string
  version: string
  liveVersion: string
  liveRevision: string
  previousVersion: string
  /** How the version was read from the pods. */
  proof: string
  /** What could not be asked, or not be written down. */
  notes: readonly string[]
}

export function summaryOf(report: Report, evidence?: Evidence): string {
  const rows = [
    ['outcome', report.outcome],
    ['model', `${report.model}, version ${report.version}`],
    ['release', `${report.release} in namespace ${report.namespace}`],
    ['live afterwards', report.liveVersion ? `version ${report.liveVersion}` : 'no one version'],
    ['revision', report.liveRevision || 'none'],
    ['live before', report.previousVersion ? `version ${report.previousVersion}` : 'no one version'],
    ['read from', report.proof],
  ].map((row) => row.map((cell) => plain(cell)))
  const notes = report.notes.map((note) => `- ${plain(note, 600)}`)
  const parts = [`### Deployment of ${plain(report.model)}`, table(['', ''], rows), notes.join('\n')]
  if (evidence) parts.push(evidenceMarkdown(evidence))
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

/** Pods of which the page tells; the JSON has all. */
const MOST_PODS = 20

/** The evidence for people: the cause, the pods, their last lines, the events. */
export function evidenceMarkdown(evidence: Evidence): string {
  const { diagnosis, observation, logs, events, gaps } = evidence
  const conditions = (observation?.conditions ?? []).map((each) => [
    each.type,
    each.status,
    each.reason,
    each.message,
  ])
  const containers = (observation?.pods ?? [])
    .filter(({ fresh }) => fresh)
    .slice(0, MOST_PODS)
    .flatMap((pod) =>
      pod.containers.map((each) => [
        pod.name,
        each.init ? `${each.name} (init)` : each.name,
        [each.state, each.reason].filter(Boolean).join(': '),
        each.exitCode === undefined ? '' : `${each.exitCode} ${each.endReason}`,
        String(each.restarts),
        each.message || each.endMessage,
      ]),
    )
  const parts = [
    diagnosis ? '#### Why it failed' : '#### What was seen before',
    diagnosis && plain(sentenceOf(diagnosis), 1000),
    containers.length > 0 &&
      table(['pod', 'container', 'state', 'exit', 'restarts', 'message'], cells(containers)),
    conditions.length > 0 && table(['condition', 'status', 'reason', 'message'], cells(conditions)),
    ...logs
      .filter(({ text }) => text.trim() !== '')
      .map(
        ({ pod, container, previous, text }) =>
          `Last lines of ${plain(pod)}, ${plain(container)}${previous ? ', run before' : ''}:\n\n${fenced(text.trimEnd())}`,
      ),
    events.length > 0 &&
      table(
        ['object', 'reason', 'message', 'times'],
        cells(events.map(({ object, reason, message, count }) => [object, reason, message, String(count)])),
      ),
    gaps.length > 0 && `Not readable:\n\n${gaps.map((gap) => `- ${plain(gap)}`).join('\n')}`,
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

/** The evidence for a log: the cause, the last lines, the events. */
export function evidenceLines({ diagnosis, logs, events, gaps }: Evidence): string[] {
  return [
    ...(diagnosis ? [sentenceOf(diagnosis)] : []),
    ...logs.flatMap(({ pod, container, previous, text }) => [
      `Last lines of ${pod}, ${container}${previous ? ', run before' : ''}:`,
      ...text.trimEnd().split('\n'),
    ]),
    ...events.map(({ object, reason, message, count }) => `${object}: ${reason}, ${count} times: ${message}`),
    ...gaps.map((gap) => `Not readable: ${gap}`),
  ]
}

function cells(rows: readonly (readonly string[])[]): string[][] {
  return rows.map((row) => row.map((cell) => plain(cell)))
}

/** The one line of the error: what did not come up, why, and what became of the release. */
export function failureSentence(
  named: { model: string; version: string; release: string },
  diagnosis: Diagnosis,
  evidence: Evidence | undefined,
  back: TakenBack | undefined,
): string {
  const what = `Version ${named.version} of model ${JSON.stringify(named.model)} did not come up: ${causeOf(diagnosis, evidence)}.`
  return `${what} ${aftermath(named.release, back)}`
}

/** Why it failed, by the evidence where there is some, and what it said last. */
export function causeOf(diagnosis: Diagnosis, evidence: Evidence | undefined): string {
  const words = evidence && lastWords(evidence)
  const last = words ? `; its last words: ${JSON.stringify(words.slice(0, 300))}` : ''
  return sentenceOf(evidence?.diagnosis ?? diagnosis) + last
}

function aftermath(release: string, back: TakenBack | undefined): string {
  switch (back?.kind) {
    case 'rolled-back':
      return `Release ${release} went back to revision ${back.to.revision}${back.to.version ? ` (version ${back.to.version})` : ''}, which serves again.`
    case 'rollback-failed':
      return back.unfinished
        ? `ROLLBACK FAILED, release ${release} needs a person unless the post step, which tries once more, is luckier: ${back.why}.`
        : `ROLLBACK FAILED, release ${release} needs a person now: ${back.why}. Look at its pods, then run "helm rollback ${release} REVISION" with a revision that was good.`
    case 'uninstalled':
      return `It was the first install, so release ${release} was uninstalled.`
    default:
      return `Release ${release} was left as it is.`
  }
}
