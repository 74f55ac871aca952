import { createHash } from 'node:crypto'
import { type Issues, issuesOf } from '../../src/adapters/github/issues.ts'
import { issueStep, type Mark, markText, SETTLED } from '../../src/domain/reconcile-issue.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { unlinked } from '../../src/runtime/markdown.ts'
import type { contract } from './contract.ts'
import { type Place, placeOf } from './place.ts'
import { findingTable, type Told, whoSaysWhat } from './report.ts'

export const LABEL = 'retrain-actions'

/** What became of the issue: its page where one is open, and what to say about it. */
export interface Telling {
  url: string
  note?: string
}

type Found = Omit<Told, 'notes'>
interface Asked {
  inputs: Inputs<typeof contract>
  context: Context
  /** Address of the cluster that was asked; empty where it is not known. */
  apiServer: () => Promise<string>
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
 * Keeps the one issue about this model and release, in this registry and cluster, true. What GitHub does not let us do is no reason to fail: what was
 * found stands in the outputs and the summary.
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

async function kept(issues: Issues, told: Found, { inputs, context, apiServer }: Asked): Promise<Telling> {
  const { model, release } = told.found
  const place = placeOf(inputs, await apiServer())
  const about = shortHash([model, release, inputs.namespace, inputs['champion-alias'], ...place.flat()])
  const { url: run } = context.run
  const findings = told.judgement.findings.filter(({ weight }) => weight === 'wrong')
  const mark = { about, tells: shortHash(findings.map(({ said }) => said)) }
  const step = issueStep(told.judgement, mark, await issues.labelled(LABEL))
  if (step.kind === 'none') return { url: '' }
  if (step.kind === 'leave') return { url: step.url }
  if (step.kind === 'close') {
    const words = settledText(told, { about, tells: SETTLED }, { place, run })
    for (const number of step.numbers) {
      await issues.update(number, { body: words, close: true })
      await issues.comment(number, 'Registry, release and pods agree again.')
    }
    return { url: '', note: `Issue ${step.numbers.join(', ')} was closed.` }
  }
  const text = {
    title: titleOf(model, release),
    body: bodyOf(told, mark, { namespace: inputs.namespace, place, run }),
  }
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

function bodyOf(
  { found, judgement, repair }: Found,
  mark: Mark,
  { namespace, place, run }: { namespace: string; place: Place; run: string },
): string {
  const wrong = judgement.findings.filter(({ weight }) => weight === 'wrong')
  return [
    markText(mark),
    `Which version of the model ${unlinked(found.model)} is live? In namespace ${namespace}, MLflow, the Helm release ${found.release} and its pods do not say the same.`,
    findingTable(wrong, unlinked),
    whoSaysWhat(found, unlinked),
    placeText(place),
    repair?.refused === undefined ? '' : `It was not repaired. ${unlinked(repair.refused, 1000)}`,
    `${seenBy(run)} This issue is kept up to date, and closed once they agree. Closed by hand, it stays closed until something else disagrees.`,
  ]
    .filter(Boolean)
    .join('\n\n')
}

function settledText({ found }: Found, mark: Mark, { place, run }: { place: Place; run: string }): string {
  return [
    markText(mark),
    'MLflow, the Helm release and its pods agree again.',
    whoSaysWhat(found, unlinked),
    placeText(place),
    seenBy(run),
  ]
    .filter(Boolean)
    .join('\n\n')
}

/** Others of the same names, in another registry or cluster, have issues of their own. */
function placeText(place: Place): string {
  return place.map(([what, name]) => `- ${what}: ${unlinked(name)}`).join('\n')
}

function seenBy(url: string): string {
  return url === '' ? '' : `Seen by ${url}.`
}

function shortHash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}
