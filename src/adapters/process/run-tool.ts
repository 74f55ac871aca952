import { type ChildProcess, spawn } from 'node:child_process'

export interface ToolOptions {
  env: Readonly<Record<string, string | undefined>>
  cwd?: string
  /** Written to the tool's standard input; left out, it reads nothing. */
  stdin?: string
  /** Milliseconds until the tool is ended. */
  timeout: number
  /** When it aborts, the tool gets SIGTERM, and SIGKILL where that does not help. */
  cancelled?: AbortSignal | undefined
}

export interface ToolResult {
  /** 0 is success; undefined where a signal ended it. */
  code: number | undefined
  stdout: string
  /** The last 64 KiB. */
  stderr: string
  ended: 'by itself' | 'timeout' | 'cancelled' | 'too much output'
}

const MOST_STDOUT = 64 * 1024 * 1024
const MOST_STDERR = 64 * 1024
/** Milliseconds from SIGTERM to SIGKILL: less than what the runner leaves us between its own two signals. */
const GRACE = 5000
/** Milliseconds after its end in which what a tool said is still read, where something that it started holds its pipes. */
const AFTERWARDS = 1000

/**
 * Runs a program such as helm or kubectl to its end and gives what it said. Arguments are an array, there is no shell.
 * @throws the error of spawn (code ENOENT where the program is not on the PATH of `env`)
 */
export function runTool(program: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: options.env as NodeJS.ProcessEnv,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const stdout: Buffer[] = []
    let bytes = 0
    let stderr = Buffer.alloc(0)
    let ended: ToolResult['ended'] = 'by itself'
    let killer: NodeJS.Timeout | undefined
    let closer: NodeJS.Timeout | undefined
    const end = (why: ToolResult['ended']) => {
      if (ended !== 'by itself') return
      ended = why
      child.kill('SIGTERM')
      killer = setTimeout(() => child.kill('SIGKILL'), GRACE)
    }
    const timer = setTimeout(() => end('timeout'), options.timeout)
    const cancel = () => end('cancelled')
    if (options.cancelled?.aborted) cancel()
    options.cancelled?.addEventListener('abort', cancel, { once: true })

    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MOST_STDOUT) stdout.push(chunk)
      else end('too much output')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-MOST_STDERR)
    })
    feed(child, options.stdin)
    const forget = () => {
      clearTimeout(timer)
      clearTimeout(killer)
      clearTimeout(closer)
      options.cancelled?.removeEventListener('abort', cancel)
    }
    child.once('error', (error) => {
      forget()
      reject(error)
    })
    child.once('exit', () => {
      clearTimeout(timer)
      clearTimeout(killer)
      // Closes them on our side, and so ends the wait for those who hold the other.
      closer = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, AFTERWARDS)
    })
    child.once('close', (code) => {
      forget()
      resolve({
        code: code ?? undefined,
        stdout: Buffer.concat(stdout).toString(),
        stderr: stderr.toString(),
        ended,
      })
    })
  })
}

function feed(child: ChildProcess, text: string | undefined): void {
  // A tool that ends before it has read everything closes the pipe; its exit code says all there is to say.
  child.stdin?.on('error', () => {})
  child.stdin?.end(text ?? '')
}
