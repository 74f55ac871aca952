import { stripVTControlCharacters } from 'node:util'
import { oneLine } from '../domain/core/text.ts'

/** Escapes outside text for a summary: on one line, without Markdown or HTML markup, at most `maxLength` characters. */
export function escapeMarkdown(value: string, maxLength = 300): string {
  return oneLine(value, maxLength).replace(
    /[\\`*_{}[\]<>()#+!|~&@:]/g,
    (character) => `&#${character.codePointAt(0)};`,
  )
}

/**
 * The beginning of a summary: a title, and what happened in one sentence. Both may be outside text.
 * @param sentence undefined for a failure, which stands above as an alert
 */
export function formatHeadline(title: string, sentence: string | undefined): string {
  const bold = sentence === undefined ? '' : `\n\n**${escapeMarkdown(sentence, 1000)}**`
  return `### ${escapeMarkdown(title)}${bold}`
}

/** The sentence of `formatHeadline` in a summary, in bold. */
export function findHeadline(summary: string): string | undefined {
  return /^\*\*[^*]+\*\*$/m.exec(summary)?.[0]
}

/** Formats a Markdown table. Cells are not escaped: pass outside text through `escapeMarkdown`. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** At most so many characters of each line of an error. */
const MAX_ERROR_LENGTH = 10_000

/** Formats an error as an alert. */
export function formatError(message: string): string {
  const lines = message.split('\n').map((line) => `> ${escapeMarkdown(line, MAX_ERROR_LENGTH)}`)
  return `> [!CAUTION]\n${lines.join('\n>\n')}`
}

/** Formats outside text as a code block. The fence is longer than any run of backticks in the text. */
export function formatCodeBlock(value: string): string {
  // Remove control characters first: without them, backticks may join.
  const text = stripVTControlCharacters(value).replace(/[^\P{Cc}\n\t]/gu, '')
  const longestRun = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longestRun + 1)
  return `${fence}text\n${text}\n${fence}`
}

/**
 * Escapes outside text for a GitHub issue, where GitHub also notifies @names and links #numbers and URLs, even if they are
 * escaped.
 */
export function escapeIssueMarkdown(value: string, maxLength = 300): string {
  return escapeMarkdown(
    value.replace(/[@#]|(?<=\bgh)-|:\/\//gi, (sign) => `${sign}\u200b`),
    maxLength,
  )
}

/** GitHub drops a summary above 1 MiB (runner, CreateStepSummaryCommand). */
const MAX_SUMMARY_BYTES = 1024 * 1024 - 4096

/** Truncates a summary to GitHub's limit. */
export function truncateSummary(markdown: string): string {
  const bytes = Buffer.from(markdown)
  if (bytes.length <= MAX_SUMMARY_BYTES) return markdown
  const cut = bytes
    .subarray(0, MAX_SUMMARY_BYTES)
    .toString('utf8')
    .replace(/\ufffd+$/, '')
  return `${cut}\n\n(Truncated: GitHub shows at most 1 MiB.)\n`
}
