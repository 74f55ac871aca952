import { truncate } from '../../src/domain/core/text.ts'
import { severityOf } from '../../src/domain/reconcile/consistency.ts'
import { type EscapeText, findingsTable, type ReconcileReport, stateTable } from './report.ts'

const MAX_TITLE_MODEL_LENGTH = 150

/** The findings that the issue is about. */
export function inconsistencies({ result }: ReconcileReport) {
  return result.findings.filter((finding) => severityOf(finding) === 'inconsistent')
}

/** GitHub does not render markdown in titles, and accepts at most 256 characters. */
export function formatIssueTitle({ snapshot: { model, release } }: ReconcileReport): string {
  return `retrain-actions: ${truncate(model, MAX_TITLE_MODEL_LENGTH)} and its release ${release} are inconsistent`
}

/** The body of the issue, as Markdown paragraphs. */
export function formatIssueParagraphs(
  report: ReconcileReport,
  environmentId: string,
  escapeText: EscapeText,
  runLink: string,
): string[] {
  const { snapshot, result, repair } = report
  const subject = `In ${escapeText(environmentId)}, the MLflow registry, the Helm release and its pods`
  if (result.consistent === 'true')
    return [`${subject} are consistent again.`, stateTable(snapshot, escapeText), runLink]
  return [
    `${subject} do not agree on the live version of model ${escapeText(snapshot.model)}.`,
    findingsTable(inconsistencies(report), snapshot, escapeText),
    stateTable(snapshot, escapeText),
    repair?.refusal === undefined ? '' : `Not repaired. ${escapeText(repair.refusal, 1000)}`,
    `${runLink}reconcile updates this issue, and closes it when they are consistent. If you close it, it stays closed until the findings change.`,
  ]
}

/** Anyone can read an issue, and an address may hold a token in its path. Addresses on the GitHub server stay. */
export function redactAddresses(text: string, server: string): string {
  return text.replace(/\bhttps?:\/\/[^\s"'<>()]+/gi, (address) =>
    address.startsWith(`${server}/`) ? address : '(address)',
  )
}
