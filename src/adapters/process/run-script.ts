import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../../domain/failure.ts'
import { LineBlocks } from './line-blocks.ts'
import { withScriptFile } from './script-file.ts'
import { ShieldedOutput } from './shielded-output.ts'

export interface Script {
  text: string
  /** bash, sh, python, or a template with {0} for the file. */
  shell: string
  /** Who named the shell, for the message that it is not there; "Input shell" where left out. */
  shellNamedBy?: string
  cwd: string
  env: Readonly<Record<string, string>>
  /** Folder for the script's file. */
  temp: string
  /** When it aborts, the script and all that it started are ended. */
  cancelled: AbortSignal
  /** When the script ends, all that it started ends with it; what has left its process group cannot be reached. */
  endsAll?: boolean
  /** Gets the output as it comes, in whole lines but for lines that are too long to be held. */
  onLines(lines: string): void
}

export interface ScriptEnd {
  /** Undefined where a signal ended it. */
  code: number | undefined
  signal: NodeJS.Signals | undefined
  milliseconds: number
  /** Something that the script left in the background still holds its output open, or may not be killed by us. */
  leftBehind: boolean
}

export interface Patience {
  /** Milliseconds of silence after which an output that is still open is left alone. */
  silence: number
  /** Milliseconds after which it is left alone even if it goes on talking. */
  longest: number
  /** Milliseconds from SIGINT to SIGTERM, and from there to SIGKILL. */
  sigterm: number
  sigkill: number
}

/** The runner kills us 10 s after its SIGINT, and the run's id is still to be found by then. */
const PATIENCE: Patience = { silence: 500, longest: 5000, sigterm: 4000, sigkill: 2000 }

/**
 * Runs a user's script to its end and prints what it says as it comes, unable to issue workflow commands.
 * @throws UserError where the shell cannot be started
 */
export function runScript(
  script: Script,
  out: Writable = process.stdout,
  patience = PATIENCE,
): Promise<ScriptEnd> {
  return withScriptFile(script.temp, script.text, script.shell, async ({ program, args }) => {
    const output = new ShieldedOutput(out)
    try {
      const started = performance.now()
      // A process group of its own, so that a cancelled script takes along what it started.
      const child = spawn(program, args, {
        cwd: script.cwd,
        env: script.env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const ended = exitOf(child, program, script.shellNamedBy ?? 'Input shell')
      const stop = endGroup(child, script, patience)
      const streams = [child.stdout, child.stderr]
      const talk = new Talk()
      const printed = Promise.all(streams.map((stream) => print(stream, output, talk, script.onLines)))
      let killed = true
      const end = await ended.finally(() => {
        killed = stop()
      })
      const milliseconds = Math.round(performance.now() - started)
      const leftBehind = !(await closedSoon(printed, talk, patience)) || !killed
      for (const stream of streams) stream.destroy()
      await printed
      return { ...end, milliseconds, leftBehind }
    } finally {
      output.release()
    }
  })
}

/** Counts what was read, to tell a silent output from one that goes on. */
class Talk {
  pieces = 0
}

async function print(
  stream: Readable,
  output: ShieldedOutput,
  talk: Talk,
  onLines: (lines: string) => void,
): Promise<void> {
  const decoder = new StringDecoder('utf8')
  const blocks = new LineBlocks()
  try {
    for await (const chunk of stream) {
      talk.pieces += 1
      for (const { text, whole } of blocks.push(decoder.write(chunk as Buffer))) {
        if (whole) onLines(text)
        await output.write(text)
      }
    }
  } catch (error) {
    // Closed by us, while something in the background still held the other end.
    if (!stream.destroyed) throw error
  }
  for (const { text } of [...blocks.push(decoder.end()), ...blocks.end()]) {
    onLines(text)
    await output.write(text)
    await output.endLine()
  }
}

/** Whether both outputs end by themselves now that the script has. */
async function closedSoon(printed: Promise<unknown>, talk: Talk, patience: Patience): Promise<boolean> {
  const closed = printed.then(() => true)
  const deadline = performance.now() + patience.longest
  for (let heard = -1; heard !== talk.pieces && performance.now() < deadline; ) {
    heard = talk.pieces
    if (await Promise.race([closed, sleep(patience.silence, false)])) return true
  }
  return false
}

function exitOf(
  child: ChildProcess,
  program: string,
  namedBy: string,
): Promise<Pick<ScriptEnd, 'code' | 'signal'>> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new UserError(
          `${namedBy}: ${program} could not be started (${cause.code ?? cause.message}); install it in a step before, or name another shell.`,
          { cause },
        ),
      ),
    )
    child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }))
  })
}

/** @returns what is to be called when the script has ended; it says whether nobody of its group refused to be killed */
function endGroup(
  child: ChildProcess,
  { cancelled, endsAll = false }: Script,
  patience: Patience,
): () => boolean {
  const timers: NodeJS.Timeout[] = []
  const tell = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
      return true
    } catch (error) {
      // Most often all of them have ended by themselves (ESRCH).
      return (error as NodeJS.ErrnoException).code !== 'EPERM'
    }
  }
  const cancel = () => {
    tell('SIGINT')
    timers.push(setTimeout(tell, patience.sigterm, 'SIGTERM'))
    timers.push(setTimeout(tell, patience.sigterm + patience.sigkill, 'SIGKILL'))
  }
  if (cancelled.aborted) cancel()
  else cancelled.addEventListener('abort', cancel, { once: true })
  return () => {
    cancelled.removeEventListener('abort', cancel)
    for (const timer of timers) clearTimeout(timer)
    // The script has ended; what it started must not outlive a cancelled job, either.
    return cancelled.aborted || endsAll ? tell('SIGKILL') : true
  }
}
