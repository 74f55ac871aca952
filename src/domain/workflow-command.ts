/**
 * Stands between the signs that would make a command: a hair space, which a person hardly sees. Not a zero-width
 * space: the runner searches by the rules of a language (.NET's IndexOf), and those look through such characters.
 */
const BREAK = '\u200a'

/**
 * Two colons that open a line, but for blanks. More counts as blank than the runner's TrimStart takes away (U+0085 is in
 * there, which \s does not know); control and format characters never hide a command. No `m` flag: for the runner only
 * \n and \r end a line.
 */
const OPENING_COLON = /(?<![^\n\r])[[\p{Z}\p{Cc}\p{Cf}]--[\n\r]]*:(?=:)/gv
const BLANK = /^[\p{Z}\p{Cc}\p{Cf}]*$/u
const BLANK_AND_COLON = /^[\p{Z}\p{Cc}\p{Cf}]*:$/u

/**
 * Makes a text unable to issue workflow commands when it is printed. The runner reads `::name::` after leading blanks
 * of a line, and the old form `##[name]` anywhere in it (actions/runner, ActionCommand.TryParseV2 and TryParse).
 */
export function neutralise(text: string): string {
  return text.replaceAll('##[', `##${BREAK}[`).replace(OPENING_COLON, `$&${BREAK}`)
}

/** The same for a text that comes in pieces, cut anywhere between two characters, with nothing held back. */
export class Neutraliser {
  /** The shortest text that means the same to the next piece as all that went before. */
  #before = ''

  push(piece: string): string {
    const text = this.#before + piece
    const safe = neutralise(text).slice(this.#before.length)
    this.#before = meaning(text)
    return safe
  }
}

function meaning(text: string): string {
  const line = text.slice(Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1)
  if (BLANK.test(line)) return ''
  if (BLANK_AND_COLON.test(line)) return ':'
  return `x${/#{0,2}$/.exec(line)?.[0] ?? ''}`
}
