import type { Outcome } from '../../src/runtime/action.ts'
import { completeOutputs, type Outputs } from '../../src/runtime/contract.ts'
import { escapeMarkdown, findHeadline, formatTable } from '../../src/runtime/markdown.ts'
import { contract } from './contract.ts'

type ChainOutputs = Outputs<typeof contract>

/** The outcome of one action, with outputs of its own. */
interface ActionResult<O> {
  outputs: O
  summary?: string
  failure?: Error | undefined
}

/** The results of the chain so far. */
export class ChainResult {
  readonly outputs: Partial<ChainOutputs> = {}
  readonly #summaries: string[] = []

  /** Adds these outputs and the summary of an action, also of a failed one. @throws its failure */
  record<O extends object>(result: ActionResult<O>, names: readonly (keyof O & keyof ChainOutputs)[]): O {
    const { outputs } = result
    Object.assign(this.outputs, Object.fromEntries(names.map((name) => [name, outputs[name]])))
    if (result.summary) this.#summaries.push(result.summary)
    if (result.failure) throw result.failure
    return result.outputs
  }

  finish(reason: string, failure?: Error): Outcome<typeof contract> {
    const champion = this.outputs['champion-version'] ?? 'none'
    const outputs = { ...this.outputs, 'champion-version': champion === 'none' ? '' : champion, reason }
    const summary = buildSummary(outputs, this.#summaries, failure)
    if (failure) return { outputs, summary, failure }
    return { outputs: completeOutputs(contract, { metrics: '', ...outputs }) as ChainOutputs, summary }
  }
}

/** The chain on one screen, with the summaries of the actions folded below. */
function buildSummary(
  outputs: Partial<ChainOutputs>,
  summaries: readonly string[],
  failure: Error | undefined,
): string {
  // The last action says how the chain ended. A failure stands above as an alert.
  const headline = failure ? undefined : findHeadline(summaries.at(-1) ?? '')
  const rows = [
    ['model', outputs['model-name']],
    ['trained', outputs['run-id'] && `run ${outputs['run-id']}`],
    ['verdict', outputs.verdict],
    ['reason', outputs.reason],
    ['deployment', outputs.outcome],
    ['live now', outputs['live-model-version'] && `version ${outputs['live-model-version']}`],
    ['champion', outputs['champion-version'] && `version ${outputs['champion-version']}`],
  ].flatMap(([name = '', value]) => (value ? [[name, escapeMarkdown(value, 600)]] : []))
  const steps = summaries.map((summary) => `${summary.trim()}\n`).join('\n')
  const folded = steps && `\n<details><summary>Step by step</summary>\n\n${steps}\n</details>\n`
  return ['## Retraining', headline, `${formatTable(['', ''], rows)}\n${folded}`].filter(Boolean).join('\n\n')
}
