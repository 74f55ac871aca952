/**
 * Makes a text unable to issue workflow commands when it is printed. The runner reads `::name::` after leading blanks
 * of a line, and the old form `##[name]` anywhere in it (actions/runner, ActionCommand.TryParse), so both are broken up
 * with a zero-width space: a person reads the same text.
 */
export function neutralise(text: string): string {
  return text.replaceAll('##[', '##\u200b[').replace(/^(\s*):(?=:)/gm, '$1:\u200b')
}
