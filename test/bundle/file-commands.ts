/**
 * Parses GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV as actions/runner does (FileCommandManager.cs,
 * EnvFileKeyValuePairs): NAME=VALUE, or NAME<<DELIMITER, lines, DELIMITER.
 * @throws if the runner would reject the file
 */
export function parseFileCommands(text: string): Record<string, string> {
  const pairs: Record<string, string> = {}
  const lines = text.split('\n')
  const ended = text.endsWith('\n')
  if (ended) lines.pop()
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] as string
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      pairs[line.slice(0, equals)] = line.slice(equals + 1)
      continue
    }
    const name = line.slice(0, heredoc)
    const delimiter = line.slice(heredoc + 2)
    if (heredoc <= 0 || delimiter === '') throw new Error(`Invalid format '${line}'`)
    const end = lines.indexOf(delimiter, index + 1)
    if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
    pairs[name] = lines.slice(index + 1, end).join('\n')
    index = end
  }
  return pairs
}
