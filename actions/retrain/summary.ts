import { plain, table } from '../../src/runtime/markdown.ts'
import type { Known } from './story.ts'

/** The chain on one screen: trained what, the verdict and why, what is live now; the parts' own summaries below. */
export function summaryOf(known: Known, details: readonly string[]): string {
  const rows = [
    ['model', known['model-name']],
    ['trained', known['run-id'] && `run ${known['run-id']}`],
    ['verdict', known.verdict],
    ['why', known.reason],
    ['deployment', known.outcome],
    ['live now', known['live-model-version'] && `version ${known['live-model-version']}`],
    ['champion', known['champion-version'] && `version ${known['champion-version']}`],
  ].flatMap(([name = '', value]) => (value ? [[name, plain(value, 600)]] : []))
  const more = details.map((detail) => `${detail.trim()}\n`).join('\n')
  const folded = more && `\n<details><summary>Step by step</summary>\n\n${more}\n</details>\n`
  return `## Retraining\n\n${table(['', ''], rows)}\n${folded}`
}
