import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { UserError } from '../../domain/core/errors.ts'
import { readLines, withoutCommands } from './script-output.ts'

export interface Script {
  text: string
  /** bash, sh, python, or a template with {0} for the file. */
  shell: string
  /** The input that named the shell, for the error that it does not exist ("Input shell"). */
  shellSource?: string
  cwd: string
  env: Readonly<Record<string, string>>
  /** Folder for the script's file. */
  tempFolder: string
  /** When it aborts, the script and all that it started are terminated. */
  cancelled: AbortSignal
  /** When the script ends, its process group is killed; processes that left the group survive. */
  killGroupOnExit?: boolean
  /** Gets the output as it arrives, in whole lines. */
  onLines(lines: string): void
}

export interface ScriptResult {
  /** Undefined where a signal ended it. */
  code: number | undefined
  signal: NodeJS.Signals | undefined
  durationMs: number
  /** A background process of the script holds its output open, or could not be killed. */
  hasBackgroundProcesses: boolean
}

export interface ScriptTimeouts {
  /** Milliseconds from the end of the script until an output that is still open is closed. */
  drainMs: number
  /** Milliseconds from SIGINT to SIGTERM, and from there to SIGKILL. */
  sigtermDelayMs: number
  sigkillDelayMs: number
}

/** The runner kills us 10 s after its SIGINT, and train has to find the MLflow run by then. */
const DEFAULT_TIMEOUTS: ScriptTimeouts = {
  drainMs: 1000,
  sigtermDelayMs: 4000,
  sigkillDelayMs: 2000,
}

/**
 * Runs a user's script to its end and prints its output as it arrives, without workflow commands.
 * @throws UserError where the shell cannot be started
 */
export function runScript(
  script: Script,
  out: Writable = process.stdout,
  timeouts = DEFAULT_TIMEOUTS,
): Promise<ScriptResult> {
  return withScriptFile(script.tempFolder, script.text, script.shell, ({ program, args }) =>
    withoutCommands(out, async (print) => {
      const startedAt = performance.now()
      const subprocess = execa(program, args, {
        cwd: script.cwd,
        env: script.env,
        extendEnv: false,
        // Its own process group: execa signals only the script, a cancellation has to reach what it started.
        detached: true,
        stdin: 'ignore',
        buffer: false,
        reject: false,
        cleanup: false,
      })
      const group = createProcessGroup(subprocess.pid, script, timeouts)
      const streams = [subprocess.stdout, subprocess.stderr]
      const forward = async (stream: Readable) => {
        for await (const lines of readLines(stream)) {
          script.onLines(lines)
          await print(lines)
        }
      }
      const printed = Promise.all(streams.map(forward))
      // execa's own promise waits for the pipes, which a background process may hold.
      const exited = new Promise((resolve) => subprocess.once('exit', resolve))
      await Promise.race([exited, subprocess])
      const isGroupKilled = group.end()
      const durationMs = Math.round(performance.now() - startedAt)
      const isClosed = await Promise.race([printed.then(() => true), sleep(timeouts.drainMs, false)])
      for (const stream of streams) stream.destroy()
      await printed
      const { exitCode: code, signal, cause } = await subprocess
      if (code === undefined && signal === undefined)
        throw createStartError(script.shellSource ?? 'Input shell', program, cause)
      return { code, signal, durationMs, hasBackgroundProcesses: !isClosed || !isGroupKilled }
    }),
  )
}

function createStartError(source: string, program: string, cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException
  return new UserError(
    `${source}: ${program} could not be started (${code ?? message}); install it in an earlier step, or set another shell.`,
    { cause },
  )
}

/** Signals the process group of a script when the job is cancelled. */
function createProcessGroup(
  pid: number | undefined,
  { cancelled, killGroupOnExit = false }: Script,
  { sigtermDelayMs, sigkillDelayMs }: ScriptTimeouts,
) {
  const timers: NodeJS.Timeout[] = []
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      if (pid !== undefined) process.kill(-pid, signal)
      return true
    } catch (error) {
      // ESRCH: the whole group has ended.
      return (error as NodeJS.ErrnoException).code !== 'EPERM'
    }
  }
  const cancel = () => {
    signalGroup('SIGINT')
    timers.push(setTimeout(signalGroup, sigtermDelayMs, 'SIGTERM'))
    timers.push(setTimeout(signalGroup, sigtermDelayMs + sigkillDelayMs, 'SIGKILL'))
  }
  if (cancelled.aborted) cancel()
  else cancelled.addEventListener('abort', cancel, { once: true })
  return {
    /** Call it when the script has ended. Returns false where a process of the group could not be killed. */
    end(): boolean {
      cancelled.removeEventListener('abort', cancel)
      for (const timer of timers) clearTimeout(timer)
      return cancelled.aborted || killGroupOnExit ? signalGroup('SIGKILL') : true
    },
  }
}

/** How the runner calls the shells that a `shell:` may name (ScriptHandlerHelpers), and the extensions of their files. */
const SHELLS: Readonly<Record<string, { template: string; extension: string }>> = {
  bash: { template: 'bash --noprofile --norc -eo pipefail {0}', extension: '.sh' },
  sh: { template: 'sh -e {0}', extension: '.sh' },
  python: { template: 'python {0}', extension: '.py' },
}

/** Builds the command for a shell's name, or for a template such as `bash -el {0}`, which is split at blanks. */
export function buildCommand(shell: string, file: string) {
  const words = (SHELLS[shell]?.template ?? shell).split(/\s+/).filter((word) => word !== '')
  const [program = '', ...args] = words.map((word) => word.replaceAll('{0}', file))
  return { program, args }
}

/** Writes the script to a file that only this user can read, and deletes it after `use`. */
export async function withScriptFile<T>(
  folder: string,
  script: string,
  shell: string,
  use: (command: ReturnType<typeof buildCommand>) => Promise<T>,
): Promise<T> {
  const file = join(folder, `script-${randomUUID()}${SHELLS[shell]?.extension ?? ''}`)
  try {
    await writeFile(file, `${script.replaceAll('\r\n', '\n')}\n`, { mode: 0o700, flag: 'wx' })
    return await use(buildCommand(shell, file))
  } finally {
    await rm(file, { force: true })
  }
}
