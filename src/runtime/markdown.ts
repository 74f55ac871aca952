import { stripVTControlCharacters } from 'node:util'

/**
 * A text from outside as it may stand in a summary: on one line, with every character that markdown or HTML reads as
 * markup made plain, and cut to a bounded length.
 */
export function plain(value: string, longest = 300): string {
  const line = value.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  const cut = line.length > longest ? `${line.slice(0, longest - 1)}…` : line
  return cut.replace(/[\\`*_{}[\]<>()#+!|~&@:]/g, (character) => `&#${character.codePointAt(0)};`)
}

/** A markdown table; cells are taken as they are, so outside text goes through `plain` first. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Text from outside as a block that no content of its own can leave: the fence is longer than any run of backticks in it. */
export function fenced(value: string): string {
  // ANSI sequences and control characters show as litter on a web page. They go first: what they held apart may join.
  const text = stripVTControlCharacters(value).replace(/[^\P{Cc}\n\t]/gu, '')
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

/**
 * The same for what GitHub renders as an issue: there it also looks for @names, which are told, and #numbers, which are
 * linked, in the finished text, where an escape is an escape no more.
 */
export function unlinked(value: string, longest = 300): string {
  return plain(
    value.replace(/[@#]|(?<=\bgh)-|:\/\//gi, (sign) => `${sign}\u200b`),
    longest,
  )
}
