import { createHash } from 'node:crypto'
import { type Issues, issuesOf } from '../../src/adapters/github/issues.ts'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { issueStep, type Mark, markText, SETTLED } from '../../src/domain/reconcile-issue.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { unlinked } from '../../src/runtime/markdown.ts'
import type { contract } from './contract.ts'
import { placeOf } from './place.ts'
import { findingTable, type Plain, type Told, whoSaysWhat } from './report.ts'

export const LABEL = 'retrain-actions'
/** What tells places apart is not shown: addresses and contexts may hold secrets, and GitHub masks logs only. */
const ELSEWHERE = 'The same names in another registry or cluster have an issue of their own.'

/** What became of the issue: its page where one is open, and what to say about it. */
export interface Telling {
  url: string
  note?: string
}

type Found = Omit<Told, 'notes'>
interface Asked {
  inputs: Inputs<typeof contract>
  context: Context
  release: Pick<Release, 'apiServer'>
}

/** Undefined where there is no repository, or no token, to write an issue with. */
export function openIssues(
  inputs: Inputs<typeof contract>,
  { run, env, cancelled }: Context,
): Issues | undefined {
  const token = inputs['github-token']
  if (token === undefined || !/^[\w.-]+\/[\w.-]+$/.test(run.repository)) return undefined
  const base = env.GITHUB_API_URL ?? 'https://api.github.com'
  return issuesOf({ base, token, env, cancelled }, run.repository)
}

/**
 * Keeps the one issue about this model and release, in this registry and cluster, true. What GitHub does not let us do
 * is no reason to fail: what was found stands in the outputs and the summary.
 */
export async function tell(issues: Issues | undefined, told: Found, asked: Asked): Promise<Telling> {
  const { log, cancelled } = asked.context
  const failed = (why: string): Telling => {
    const note = `The issue was not looked after: ${why}`
    log.warning(note)
    return { url: '', note }
  }
  if (!issues) return failed('give github-token, in a workflow on GitHub, or say issue: false.')
  try {
    const telling = await kept(issues, told, asked)
    if (telling.note !== undefined) log.info(telling.note)
    return telling
  } catch (error) {
    if (cancelled.aborted) throw error
    return failed(error instanceof Error ? error.message : String(error))
  }
}

async function kept(issues: Issues, told: Found, asked: Asked): Promise<Telling> {
  const { model, release } = told.found
  const { inputs, context } = asked
  const place = placeOf(inputs, await asked.release.apiServer())
  const about = shortHash([model, release, inputs.namespace, inputs['champion-alias'], ...place.identity])
  const shown = { namespace: inputs.namespace, text: place.hidden(unlinked), run: context.run.url }
  const findings = told.judgement.findings.filter(({ weight }) => weight === 'wrong')
  const mark = { about, tells: shortHash(findings.map(({ said }) => said)) }
  const step = issueStep(told.judgement, mark, await issues.labelled(LABEL))
  if (step.kind === 'none') return { url: '' }
  if (step.kind === 'leave') return { url: step.url }
  if (step.kind === 'close') {
    const words = settledText(told, { about, tells: SETTLED }, shown)
    for (const number of step.numbers) {
      await issues.update(number, { body: words, close: true })
      await issues.comment(number, 'Registry, release and pods agree again.')
    }
    return { url: '', note: `Issue ${step.numbers.join(', ')} was closed.` }
  }
  const text = { title: titleOf(model, release), body: bodyOf(told, mark, shown) }
  if (step.kind === 'open') {
    const { url, number } = await issues.create({ ...text, label: LABEL })
    return { url, note: `Issue ${number} was opened.` }
  }
  const { url, number } = await issues.update(step.number, text)
  return { url, note: `Issue ${number} was brought up to date.` }
}

/** A title is no markdown, and at most 256 characters. */
function titleOf(model: string, release: string): string {
  const name = model.length > 150 ? `${model.slice(0, 149)}…` : model
  return `retrain-actions: ${name} and its release ${release} disagree`
}

interface Shown {
  namespace: string
  text: Plain
  /** Page of this run. */
  run: string
}

function bodyOf({ found, judgement, repair }: Found, mark: Mark, { namespace, text, run }: Shown): string {
  const wrong = judgement.findings.filter(({ weight }) => weight === 'wrong')
  return [
    markText(mark),
    `Which version of the model ${text(found.model)} is live? In namespace ${namespace}, MLflow, the Helm release ${found.release} and its pods do not say the same.`,
    findingTable(wrong, text),
    whoSaysWhat(found, text),
    repair?.refused === undefined ? '' : `It was not repaired. ${text(repair.refused, 1000)}`,
    `${seenBy(run)}${ELSEWHERE} This issue is kept up to date, and closed once they agree. Closed by hand, it stays closed until something else disagrees.`,
  ]
    .filter(Boolean)
    .join('\n\n')
}

function settledText({ found }: Found, mark: Mark, { namespace, text, run }: Shown): string {
  return [
    markText(mark),
    `In namespace ${namespace}, MLflow, the Helm release ${found.release} and its pods agree again.`,
    whoSaysWhat(found, text),
    `${seenBy(run)}${ELSEWHERE}`,
  ]
    .filter(Boolean)
    .join('\n\n')
}

function seenBy(url: string): string {
  return url === '' ? '' : `Seen by ${url}. `
}

function shortHash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}
