import { createHash } from 'node:crypto'
import { connectIssues, type IssueApi } from '../../src/adapters/github/issues.ts'
import { errorMessage } from '../../src/domain/core/errors.ts'
import { decideIssueAction, formatMarker, RESOLVED } from '../../src/domain/reconcile/issue-action.ts'
import { formatEnvironmentId } from '../../src/domain/release/environment-id.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { escapeIssueMarkdown } from '../../src/runtime/markdown.ts'
import type { contract } from './contract.ts'
import { formatIssueParagraphs, formatIssueTitle, inconsistencies, redactAddresses } from './issue-text.ts'
import { describeFinding } from './messages.ts'
import { joinParagraphs, type ReconcileReport } from './report.ts'

export const ISSUE_LABEL = 'retrain-actions'

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
  const paragraphs = formatIssueParagraphs(report, environmentId, escapeText, runLink)
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
  const text = { title: formatIssueTitle(report), body }
  const isNew = action.kind === 'open'
  const { url, number } = isNew
    ? await issues.create({ ...text, label: ISSUE_LABEL })
    : await issues.update(action.number, text)
  return { url, note: `Issue ${number} was ${isNew ? 'opened' : 'updated'}.` }
}

function shortHash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}
