import { createHash } from 'node:crypto'
import { connectIssues, type IssueApi } from '../../src/adapters/github/issues.ts'
import { errorMessage } from '../../src/domain/core/errors.ts'
import { truncate } from '../../src/domain/core/text.ts'
import { severityOf } from '../../src/domain/reconcile/consistency.ts'
import { decideIssueAction, formatMarker, RESOLVED } from '../../src/domain/reconcile/issue-action.ts'
import { formatEnvironmentId } from '../../src/domain/release/environment-id.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { escapeIssueMarkdown } from '../../src/runtime/markdown.ts'
import type { contract } from './contract.ts'
import { describeFinding } from './messages.ts'
import { type EscapeText, findingsTable, joinParagraphs, type ReconcileReport, stateTable } from './report.ts'

export const ISSUE_LABEL = 'retrain-actions'
const MAX_TITLE_MODEL_LENGTH = 150

export interface IssueSyncResult {
  /** URL of the open issue; empty without one. */
  url: string
  /** What happened to the issue, as a sentence. */
  note?: string
}

/** Undefined without a repository or a token. */
export function createIssueClient(
  inputs: Inputs<typeof contract>,
  { run, env, cancelled, log }: Context,
): IssueApi | undefined {
  const token = inputs['github-token']
  if (token === undefined || !/^[\w.-]+\/[\w.-]+$/.test(run.repository)) return undefined
  const base = env.GITHUB_API_URL ?? 'https://api.github.com'
  return connectIssues({ base, token, env, cancelled, log }, run.repository)
}

/**
 * Opens, updates or closes the one issue of this model and environment. A failure is only a warning: outputs and summary
 * hold the findings as well.
 */
export async function syncIssue(
  issues: IssueApi | undefined,
  report: ReconcileReport,
  inputs: Inputs<typeof contract>,
  context: Context,
): Promise<IssueSyncResult> {
  const { log, cancelled } = context
  const fail = (reason: string): IssueSyncResult => {
    const note = `The issue was not updated: ${reason}`
    log.warning(note)
    return { url: '', note }
  }
  if (!issues) return fail('set github-token and run in a GitHub workflow, or set issue: false.')
  try {
    const result = await updateIssue(issues, report, inputs, context)
    if (result.note !== undefined) log.info(result.note)
    return result
  } catch (error) {
    if (cancelled.aborted) throw error
    return fail(errorMessage(error))
  }
}

async function updateIssue(
  issues: IssueApi,
  report: ReconcileReport,
  inputs: Inputs<typeof contract>,
  { env, run }: Context,
): Promise<IssueSyncResult> {
  const { snapshot, result } = report
  const { environment, namespace } = inputs
  const environmentId = formatEnvironmentId({ environment, namespace, release: snapshot.release })
  const subjectHash = shortHash([snapshot.model, snapshot.names.champion, environmentId])
  const findings = inconsistencies(report).map((finding) => describeFinding(finding, snapshot).message)
  const findingsHash = result.consistent === 'true' ? RESOLVED : shortHash(findings)
  const marker = { subjectHash, findingsHash }
  const server = env.GITHUB_SERVER_URL ?? 'https://github.com'
  const escapeText = (text: string, longest?: number) =>
    escapeIssueMarkdown(redactAddresses(text, server), longest)
  const runLink = run.url === '' ? '' : `Last checked by ${run.url}. `
  const paragraphs = buildParagraphs(report, environmentId, escapeText, runLink)
  const body = joinParagraphs([formatMarker(marker), ...paragraphs])
  const action = decideIssueAction(result, marker, await issues.listByLabel(ISSUE_LABEL))
  if (action.kind === 'none') return { url: '' }
  if (action.kind === 'keep') return { url: action.url }
  if (action.kind === 'close') {
    for (const number of action.numbers) {
      await issues.update(number, { body, close: true })
      await issues.comment(number, 'Registry, release and pods are consistent again.')
    }
    return { url: '', note: `Issue ${action.numbers.join(', ')} was closed.` }
  }
  const text = { title: buildTitle(report), body }
  const isNew = action.kind === 'open'
  const { url, number } = isNew
    ? await issues.create({ ...text, label: ISSUE_LABEL })
    : await issues.update(action.number, text)
  return { url, note: `Issue ${number} was ${isNew ? 'opened' : 'updated'}.` }
}

function inconsistencies({ result }: ReconcileReport) {
  return result.findings.filter((finding) => severityOf(finding) === 'inconsistent')
}

/** GitHub does not render markdown in titles, and accepts at most 256 characters. */
function buildTitle({ snapshot: { model, release } }: ReconcileReport): string {
  return `retrain-actions: ${truncate(model, MAX_TITLE_MODEL_LENGTH)} and its release ${release} are inconsistent`
}

function buildParagraphs(
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

function shortHash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}
