import type { ConsistencyResult } from '../../src/domain/reconcile/consistency.ts'
import type { Finding, Snapshot } from '../../src/domain/reconcile/snapshot.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { servedVersion } from '../../src/domain/release/live-release.ts'
import { findVerifiedRevision } from '../../src/domain/release/verified-revisions.ts'
import { escapeMarkdown, formatTable } from '../../src/runtime/markdown.ts'
import { describeFinding } from './messages.ts'
import type { RepairResult } from './repair.ts'

/** Escapes outside text for a job summary or an issue. */
export type EscapeText = (text: string, longest?: number) => string

const HEADLINES = {
  true: 'registry, release and pods are consistent',
  false: 'registry, release and pods are inconsistent',
  unknown: 'consistency of registry, release and pods is unknown',
}

export interface ReconcileReport {
  snapshot: Snapshot
  result: ConsistencyResult
  repair: RepairResult | undefined
}

/** The job summary. `notes` are further sentences. */
export function buildSummary(
  { snapshot, result, repair }: ReconcileReport,
  notes: readonly string[],
): string {
  const lines = [...(repair?.changes ?? []), ...(repair?.refusal ? [repair.refusal] : []), ...notes]
  return joinParagraphs([
    `### ${escapeMarkdown(snapshot.model)}: ${HEADLINES[result.consistent]}`,
    stateTable(snapshot, escapeMarkdown),
    result.findings.length > 0 ? findingsTable(result.findings, snapshot, escapeMarkdown) : '',
    lines.map((line) => `- ${escapeMarkdown(line, 1000)}`).join('\n'),
  ])
}

export function joinParagraphs(paragraphs: readonly string[]): string {
  return paragraphs.filter(Boolean).join('\n\n')
}

export function findingsTable(
  findings: readonly Finding[],
  snapshot: Snapshot,
  escapeText: EscapeText,
): string {
  return formatTable(
    ['finding', 'what to do'],
    findings.map((finding) => {
      const { message, hint } = describeFinding(finding, snapshot)
      return [escapeText(message, 600), escapeText(hint, 600)]
    }),
  )
}

/** Each source and the version that it names. */
export function stateTable(snapshot: Snapshot, escapeText: EscapeText): string {
  const { names, aliases, versions, live, holder, release } = snapshot
  const version = (number: string | undefined) => (number === undefined ? 'none' : `version ${number}`)
  const verified = findVerifiedRevision(snapshot, live?.revision)
  const inProduction = versions.filter(({ stage }) => stage === 'Production').map(({ number }) => number)
  const rows = [
    [`alias ${names.champion}`, version(aliases.get(names.champion))],
    [`alias ${names.previous}`, version(aliases.get(names.previous))],
    ...(inProduction.length > 0 ? [['stage Production', `version ${inProduction.join(', ')}`]] : []),
    ['version tags', describeLastPromotion(snapshot)],
    ...(live
      ? [
          [`values of revision ${live.revision} of ${release}`, version(live.releaseVersion)],
          [
            `ready pods (${live.pods.filter((pod) => pod.ready).length} of ${live.pods.length}, by ${live.versionFrom})`,
            describePods(snapshot),
          ],
          ['verified', verified?.verifiedAt ?? 'never, by a job of this suite'],
        ]
      : [[`release ${release}`, snapshot.unwatched ? 'pods that cannot be read' : 'no deployed revision']]),
    ...(holder ? [['lease', `${holder.description}, ${holder.isLive ? 'running' : 'expired'}`]] : []),
  ]
  return formatTable(
    ['source', 'state'],
    rows.map((row) => row.map((cell) => escapeText(cell))),
  )
}

function describePods({ live }: Snapshot): string {
  const serves = servedVersion(live?.pods ?? [])
  if (serves.kind === 'one') return `version ${serves.version}`
  if (serves.kind === 'several') return `versions ${serves.versions.join(' and ')}`
  return serves.kind === 'version-unknown' ? 'unknown version' : 'none is ready'
}

function describeLastPromotion({ versions }: Snapshot): string {
  const [last] = versions
    .flatMap(({ number, tags }) => {
      const at = tags[versionTags.promotedAt]
      return at === undefined ? [] : [{ number, at }]
    })
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
  return last ? `version ${last.number}, promoted on ${last.at}` : 'no promotion'
}
