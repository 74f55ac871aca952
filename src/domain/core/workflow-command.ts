/**
 * Breaks up a command: a hair space, which is hardly visible. Not a zero-width space: the runner searches with .NET's
 * culture-sensitive IndexOf, which ignores those.
 */
const BREAK = '\u200a'

/**
 * Two colons at the start of a line, after blanks. Blanks include more than the runner's TrimStart removes (U+0085, which
 * \s lacks, control and format characters). No `m` flag: for the runner only \n and \r end a line.
 */
const OPENING_COLON = /(?<![^\n\r])[[\p{Z}\p{Cc}\p{Cf}]--[\n\r]]*:(?=:)/gv

/**
 * Keeps a printed text from issuing workflow commands. The runner parses `::name::` after the leading blanks of a line,
 * and the old form `##[name]` anywhere in it (actions/runner, ActionCommand.TryParseV2 and TryParse).
 */
export function neutralise(text: string): string {
  return text.replaceAll('##[', `##${BREAK}[`).replace(OPENING_COLON, `$&${BREAK}`)
}
