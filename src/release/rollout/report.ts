import type { ReleaseHistory } from '../../adapters/kubernetes/release/release.ts'
import { errorMessage } from '../../domain/core/errors.ts'
import { type LiveRelease, liveVersion } from '../../domain/release/live-release.ts'
import type { Revision } from '../../domain/release/revision-history.ts'
import { diagnoseEnd, diagnosePod, formatDiagnosis } from '../../domain/rollout/diagnosis.ts'
import { type Evidence, lastLogLine } from '../../domain/rollout/evidence.ts'
import { isRefusedByLoopback, LOOPBACK_HINT } from '../../domain/rollout/refused-connection.ts'
import { describeProgress, type ObservedPod } from '../../domain/rollout/workload-status.ts'
import { escapeMarkdown, formatCodeBlock, formatHeadline, formatTable } from '../../runtime/markdown.ts'

/** Reads what is live after an action. A failed read becomes a note. */
export function readLiveAfter(
  release: Pick<ReleaseHistory, 'readLive'>,
  notes: string[],
  history?: readonly Revision[],
): Promise<LiveRelease | undefined> {
  return release.readLive(history).catch((error: unknown) => {
    notes.push(`The live release could not be read: ${errorMessage(error)}`)
    return undefined
  })
}

/** The outputs that name what is live; empty: no one version, no release. */
export function liveOutputs(live: LiveRelease | undefined) {
  return { 'live-model-version': liveVersion(live), 'live-revision': live ? String(live.revision) : '' }
}

export interface ReleaseReport {
  title: string
  /** What happened, in one sentence; undefined for a failure, which stands above as an alert. */
  headline: string | undefined
  rows: readonly (readonly [string, string])[]
  notes: readonly string[]
  evidence: Evidence | undefined
}

/** The job summary of an action that changes a release, as Markdown. */
export function renderReleaseSummary({ title, headline, rows, notes, evidence }: ReleaseReport): string {
  const parts = [
    formatHeadline(title, headline),
    formatTable(
      ['', ''],
      rows.map((row) => row.map((cell) => escapeMarkdown(cell, 1000))),
    ),
    notes.map((note) => `- ${escapeMarkdown(note, 600)}`).join('\n'),
    evidence && renderEvidence(evidence),
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

/** "version 7", that the pods do not agree on one, or none without a release. */
export function formatLiveVersion(live: LiveRelease | undefined): string {
  if (!live) return 'none'
  const version = liveVersion(live)
  return version ? `version ${version}` : 'no single version'
}

/** One part of the evidence. Summary, evidence.md and log show the same sections. */
interface Section {
  title: string
  lines: readonly string[]
  markdown: string
}

function tableSection(title: string, head: string[], rows: readonly string[][]): Section {
  const lines = rows.map((row) => row.filter(Boolean).join(' | '))
  const cells = rows.map((row) => row.map((cell) => escapeMarkdown(cell)))
  return { title, lines, markdown: formatTable(head, cells) }
}

function listSection(title: string, lines: readonly string[]): Section {
  return { title, lines, markdown: lines.map((line) => `- ${escapeMarkdown(line, 1000)}`).join('\n') }
}

/** More pods would hide the rest. evidence.json has all of them. */
const MAX_PODS = 20

/** Template, state and message of a pod. */
function describeState(pod: ObservedPod): [string, string, string] {
  const template = pod.updated ? 'new' : 'previous'
  const { end } = pod
  if (!end) return [template, pod.ready ? 'ready' : 'not ready', diagnosePod(pod, undefined)?.message ?? '']
  return [template, [end.kind, end.reason].filter(Boolean).join(': '), diagnoseEnd(pod).message]
}

function evidenceSections({ diagnosis, observation, logs, events, gaps }: Evidence): Section[] {
  const { pods = [], inactivePods = [], conditions = [] } = observation ?? {}
  const states = [...pods, ...inactivePods].slice(0, MAX_PODS).map((pod) => [pod.name, ...describeState(pod)])
  const newPods = pods.filter(({ updated }) => updated).slice(0, MAX_PODS)
  const containers = newPods.flatMap((pod) =>
    pod.containers.map((each) => [
      pod.name,
      each.init ? `${each.name} (init)` : each.name,
      [each.state, each.reason].filter(Boolean).join(': '),
      each.exitCode === undefined ? '' : `${each.exitCode} ${each.terminationReason}`,
      String(each.restarts),
      each.message || each.terminationMessage,
    ]),
  )
  const sections = [
    listSection('Cause', diagnosis ? [formatDiagnosis(diagnosis)] : []),
    observation && states.length === 0
      ? listSection('Pods', [`${observation.workload}: ${describeProgress(observation)}`])
      : tableSection('Pods', ['pod', 'template', 'state', 'message'], states),
    tableSection(
      'Containers of the new pods',
      ['pod', 'container', 'state', 'exit', 'restarts', 'message'],
      containers,
    ),
    tableSection(
      'Conditions of the workload',
      ['condition', 'status', 'reason', 'message'],
      conditions.map(({ type, status, reason, message }) => [type, status, reason, message]),
    ),
    ...logs.map(({ pod, container, previous, text }) => ({
      title: `Last log lines of ${pod}, ${container}${previous ? ', previous run' : ''}`,
      lines: text.trimEnd().split('\n'),
      markdown: formatCodeBlock(text.trimEnd()),
    })),
    tableSection(
      'Events',
      ['object', 'reason', 'message', 'count'],
      events.map(({ object, reason, message, count }) => [object, reason, message, String(count)]),
    ),
    listSection('Not readable', gaps),
  ]
  return sections.filter(({ lines }) => lines.some((line) => line.trim()))
}

/** The evidence as Markdown. */
export function renderEvidence(evidence: Evidence): string {
  const heading = evidence.diagnosis ? 'Why it failed' : 'State before the rollback'
  const sections = evidenceSections(evidence).map(
    ({ title, markdown }) => `${escapeMarkdown(title)}:\n\n${markdown}`,
  )
  return `${[`#### ${heading}`, ...sections].join('\n\n')}\n`
}

/** The evidence as lines for the log. */
export function formatEvidenceLines(evidence: Evidence): string[] {
  return evidenceSections(evidence).flatMap(({ title, lines }) => [`${title}:`, ...lines])
}

/** The cause of a failure with the last log line, without a full stop; empty: no failure was seen. */
export function formatCause(evidence: Evidence): string {
  if (!evidence.diagnosis) return ''
  const line = lastLogLine(evidence)
  const last = line ? `; last log line: ${JSON.stringify(line.slice(0, 300))}` : ''
  const cause = formatDiagnosis(evidence.diagnosis) + last
  const needsHint =
    evidence.diagnosis.init && line && isRefusedByLoopback(line) && !cause.includes(LOOPBACK_HINT)
  return needsHint ? `${cause}; ${LOOPBACK_HINT}` : cause
}
