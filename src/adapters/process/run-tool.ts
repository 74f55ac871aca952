import { execa } from 'execa'
import { LeaseLostError } from '../../domain/release/lease.ts'

export interface ToolOptions {
  env: Readonly<Record<string, string | undefined>>
  /** Written to the tool's standard input; left out, the input is empty. */
  stdin?: string
  /** Milliseconds until the tool is terminated. */
  timeoutMs: number
  /** When it aborts, the tool gets SIGTERM and, 5 s later, SIGKILL; SIGKILL at once when the lease is lost. */
  cancelled?: AbortSignal | undefined
}

export interface ToolResult {
  /** 0 is success; undefined where a signal ended the tool. */
  code: number | undefined
  stdout: string
  /** The last 64 KiB. */
  stderr: string
  termination: 'exited' | 'timeout' | 'cancelled' | 'output-limit'
}

const MAX_STDOUT_CHARS = 64 * 1024 * 1024
const MAX_STDERR_BYTES = 64 * 1024
/** Milliseconds from SIGTERM to SIGKILL: less than the runner leaves us between its own two signals. */
const KILL_GRACE_MS = 5000
/** Milliseconds after the exit until the pipes are closed, where a background process holds them open. */
const PIPE_CLOSE_GRACE_MS = 1000

/**
 * Runs a program such as helm or kubectl to its end and returns its output. Arguments are an array; there is no shell.
 * @throws the error of spawn (code ENOENT where the program is not on the PATH of `env`); LeaseLostError
 */
export async function runTool(
  program: string,
  args: readonly string[],
  { env, stdin = '', timeoutMs, cancelled }: ToolOptions,
): Promise<ToolResult> {
  if (cancelled?.reason instanceof LeaseLostError) throw cancelled.reason
  const subprocess = execa(program, args, {
    env: env as Record<string, string>,
    extendEnv: false,
    input: stdin,
    timeout: timeoutMs,
    ...(cancelled ? { cancelSignal: cancelled } : {}),
    forceKillAfterDelay: KILL_GRACE_MS,
    maxBuffer: MAX_STDOUT_CHARS,
    // execa would end a tool that writes more to stderr than fits; its last lines hold the error.
    buffer: { stderr: false },
    stripFinalNewline: false,
    reject: false,
    cleanup: false,
  })
  // On SIGTERM, Helm still writes to the release.
  const killAfterLoss = () => {
    if (cancelled?.reason instanceof LeaseLostError) subprocess.kill('SIGKILL')
  }
  cancelled?.addEventListener('abort', killAfterLoss, { once: true })
  let stderr = Buffer.alloc(0)
  subprocess.stderr.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-MAX_STDERR_BYTES)
  })
  // At maxBuffer, execa closes the pipe but leaves the tool running.
  subprocess.stdout.once('close', () => {
    if (!subprocess.stdout.readableEnded) subprocess.kill()
  })
  let closing: NodeJS.Timeout | undefined
  // execa waits for the pipes, which a background process may hold open for ever.
  subprocess.once('exit', () => {
    closing = setTimeout(() => {
      subprocess.stdout.destroy()
      subprocess.stderr.destroy()
    }, PIPE_CLOSE_GRACE_MS)
  })
  const result = await subprocess
  clearTimeout(closing)
  cancelled?.removeEventListener('abort', killAfterLoss)
  if (result.exitCode === undefined && result.signal === undefined) throw result.cause
  return {
    code: result.exitCode,
    stdout: result.stdout,
    stderr: stderr.toString(),
    termination: result.timedOut
      ? 'timeout'
      : result.isCanceled
        ? 'cancelled'
        : result.isMaxBuffer
          ? 'output-limit'
          : 'exited',
  }
}
