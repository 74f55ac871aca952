/** What a script needs on the machine, as far as its text says for sure. */
export interface ScriptNeeds {
  /**
   * The file that its first command after the installation of packages runs; undefined for a program of the PATH, or where
   * the text does not say.
   */
  file: string | undefined
  /** Names of Python on the PATH. `isSure`: it is the first command, so that no earlier line can add it to the PATH. */
  pythons: readonly { name: 'python' | 'python3'; isSure: boolean }[]
}

/** Commands that create no file of the user's. */
const SETUP =
  /^(set\s+[-+]|export\s|echo\s|(python3?\s+-m\s+)?pip3?\s+install\s|uv\s+(sync|pip\s+install)\b|poetry\s+install\b)/
const PYTHON = /(?:^|[\s;&|(])(python3?)(?=\s|$)/g

/** @param shell as in the input `shell`: bash, sh, python, or a command with {0} */
export function findScriptNeeds(text: string, shell: string): ScriptNeeds {
  if (shell === 'python') return { file: undefined, pythons: [{ name: 'python', isSure: true }] }
  if (!/^(ba)?sh\b/.test(shell)) return { file: undefined, pythons: [] }
  const commands = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const [first = ''] = commands
  const names = new Set(commands.flatMap((line) => [...line.matchAll(PYTHON)].map(([, name]) => name)))
  return {
    file: findFile(findFirstRun(commands)),
    pythons: (['python', 'python3'] as const)
      .filter((name) => names.has(name))
      .map((name) => ({ name, isSure: new RegExp(`^${name}(\\s|$)`).test(first) })),
  }
}

function findFirstRun(lines: readonly string[]): string {
  const commands = lines.flatMap((line) => line.split(/&&|;/)).map((command) => command.trim())
  return commands.find((command) => command !== '' && !SETUP.test(command)) ?? ''
}

/** The file of a command such as `./train.sh --fast` or `python src/train.py`; a word with a variable is none. */
function findFile(command: string): string | undefined {
  const [, interpreter, file] =
    /^(?:(python3?|bash|sh|Rscript)\s+)?([\w.][\w./-]*|\/[\w./-]+)(?=\s|;|$)/.exec(command) ?? []
  if (file === undefined) return undefined
  return interpreter === undefined ? (file.includes('/') ? file : undefined) : file
}
