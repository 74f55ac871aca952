/**
 * A command in the output of a step, as GitHub's runner parses it: actions/runner, ActionCommand.cs (TryParseV2,
 * TryParse) and ActionCommandManager.cs.
 */
export interface Command {
  name: string
  properties: Record<string, string>
  data: string
}

const REGISTERED = [
  'stop-commands',
  'set-env',
  'set-output',
  'save-state',
  'add-mask',
  'add-path',
  'add-matcher',
  'remove-matcher',
  'debug',
  'warning',
  'error',
  'notice',
  'group',
  'endgroup',
  'echo',
]
/** The characters that .NET's TrimStart removes (char.IsWhiteSpace). JavaScript's \s lacks U+0085. */
const LEADING_WHITESPACE = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

/** Parses the output of a step line by line, and remembers whether commands are stopped. */
export class CommandReader {
  readonly #registered = new Set(REGISTERED)
  #stopToken: string | undefined

  /** Returns the command that the runner executes for this line; undefined if it only prints the line. */
  read(line: string): Command | undefined {
    const command = parseDoubleColon(line, this.#registered) ?? parseBracket(line, this.#registered)
    if (!command) return undefined
    if (this.#stopToken !== undefined) {
      if (command.name !== this.#stopToken) return undefined
      this.#registered.delete(this.#stopToken)
      this.#stopToken = undefined
      return { ...command, name: 'resume-commands' }
    }
    if (command.name === 'stop-commands') this.#stop(command.data)
    return command
  }

  #stop(token: string): void {
    const name = token.toLowerCase()
    if (name === '' || name === 'pause-logging' || this.#registered.has(name)) {
      throw new Error(`the runner rejects ${JSON.stringify(token)} as a token of stop-commands`)
    }
    this.#registered.add(name)
    this.#stopToken = name
  }
}

/** Parses `::name key=value,key=value::data` at the start of a line, after optional whitespace. */
function parseDoubleColon(line: string, registered: ReadonlySet<string>): Command | undefined {
  const message = line.replace(LEADING_WHITESPACE, '')
  if (!message.startsWith('::')) return undefined
  const end = message.indexOf('::', 2)
  if (end < 0) return undefined
  return build(message.slice(2, end), ',', message.slice(end + 2), registered, {
    data: unescapeWith({ '%0D': '\r', '%0A': '\n' }),
    property: unescapeWith({ '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',' }),
  })
}

/** Parses the legacy form, `##[name key=value;key=value]data`, anywhere in a line. */
function parseBracket(line: string, registered: ReadonlySet<string>): Command | undefined {
  const start = line.indexOf('##[')
  const end = start < 0 ? -1 : line.indexOf(']', start)
  if (end < 0) return undefined
  const decode = unescapeWith({ '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']' })
  return build(line.slice(start + 3, end), ';', line.slice(end + 1), registered, {
    data: decode,
    property: decode,
  })
}

type Unescape = (text: string) => string

function build(
  info: string,
  separator: string,
  data: string,
  registered: ReadonlySet<string>,
  decode: { data: Unescape; property: Unescape },
): Command | undefined {
  const space = info.indexOf(' ')
  const name = (space < 0 ? info : info.slice(0, space)).toLowerCase()
  if (!registered.has(name)) return undefined
  const properties: Record<string, string> = {}
  for (const pair of space > 0 ? info.slice(space + 1).split(separator) : []) {
    const equals = pair.indexOf('=')
    if (equals > 0 && equals < pair.length - 1) {
      properties[pair.slice(0, equals).trim()] = decode.property(pair.slice(equals + 1))
    }
  }
  return { name, properties, data: decode.data(data) }
}

function unescapeWith(table: Readonly<Record<string, string>>): Unescape {
  // %25 comes last, so that an escaped percent sign does not start a new escape.
  return (text) =>
    Object.entries({ ...table, '%25': '%' }).reduce((done, [from, to]) => done.replaceAll(from, to), text)
}
