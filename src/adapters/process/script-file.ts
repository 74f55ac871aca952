import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A program and its arguments, with the script's file in its place. */
export interface Command {
  program: string
  args: string[]
}

/** How GitHub calls the shells that a `shell:` may name (runner, ScriptHandlerHelpers), and what their files end in. */
const SHELLS: Readonly<Record<string, { template: string; ending: string }>> = {
  bash: { template: 'bash --noprofile --norc -eo pipefail {0}', ending: '.sh' },
  sh: { template: 'sh -e {0}', ending: '.sh' },
  python: { template: 'python {0}', ending: '.py' },
}

/** The command for a shell by name, or by a template of its own such as `bash -el {0}`; words are cut at blanks. */
export function commandFor(shell: string, file: string): Command {
  const words = (SHELLS[shell]?.template ?? shell).split(/\s+/).filter((word) => word !== '')
  const [program = '', ...args] = words.map((word) => word.replaceAll('{0}', file))
  return { program, args }
}

/** Writes the script to a file that only we may read, for as long as `use` takes. */
export async function withScriptFile<T>(
  folder: string,
  script: string,
  shell: string,
  use: (command: Command) => Promise<T>,
): Promise<T> {
  const file = join(folder, `script-${randomUUID()}${SHELLS[shell]?.ending ?? ''}`)
  try {
    await writeFile(file, `${script.replaceAll('\r\n', '\n')}\n`, { mode: 0o700, flag: 'wx' })
    return await use(commandFor(shell, file))
  } finally {
    await rm(file, { force: true })
  }
}
