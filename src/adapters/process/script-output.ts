import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { neutralise } from '../../domain/core/workflow-command.ts'

/** Characters of an unfinished line that are buffered. The runner shows no unfinished line either. */
const MAX_LINE_LENGTH = 64 * 1024
/** Marks both sides of a break, so that no piece of a line reads as a line of its own. */
const BREAK = '…'

/**
 * Reads whole lines, in blocks, so that two streams can share one log. Breaks a line that is too long, so that memory
 * stays flat. Ends when the stream ends or is destroyed.
 */
export async function* readLines(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of stream) {
      rest += chunk
      const end = Math.max(rest.lastIndexOf('\n'), rest.lastIndexOf('\r')) + 1
      if (end > 0) yield rest.slice(0, end)
      rest = rest.slice(end)
      if (rest.length <= MAX_LINE_LENGTH) continue
      yield `${rest}${BREAK}\n`
      rest = BREAK
    }
  } catch (error) {
    // We destroyed it, because a background process holds the other end open.
    if (!stream.destroyed) throw error
  }
  if (rest !== '') yield `${rest}\n`
}

/**
 * Prints the output of a user's script so that it cannot issue workflow commands: they are stopped until a token that only
 * this function knows, and text that looks like a command is broken up, since the runner reads stdout and stderr in
 * parallel.
 */
export async function withoutCommands<T>(
  out: Writable,
  use: (print: (lines: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  const token = randomBytes(16).toString('hex')
  out.write(`::stop-commands::${token}\n`)
  try {
    return await use(async (lines) => {
      // Waits until the reader has kept up, so that memory stays flat.
      if (!out.write(neutralise(lines))) await once(out, 'drain')
    })
  } finally {
    out.write(`::${token}::\n`)
  }
}
