import { spawn } from 'node:child_process'
import { interruptSignal } from './interruption.ts'

export type CommandOptions = {
  /** Added to this process's environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>
  cwd?: string
  input?: string
}

/** What a finished program left behind. `code` is null when a signal ended it. */
export type CommandResult = { code: number | null; stdout: string; stderr: string }

/**
 * The command in namespaces of its own: its mounts stay private, and when it ends the kernel kills all that it started. For
 * compilers and shell programs, which would leave their children behind.
 */
export const isolateCommand = (...command: string[]): string[] => {
  const flags = ['--mount', '--propagation=private', '--pid', '--fork', '--kill-child=SIGKILL']
  return ['unshare', ...flags, '--', ...command]
}

/**
 * Runs a program to its end and never throws for its exit code. It is killed when this process ends, or when the
 * user asks to stop while it runs.
 * @throws when the program cannot be started at all, naming it.
 */
export const tryRun = (command: string[], options: CommandOptions = {}): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    const kill = () => child.kill('SIGKILL')
    const forget = () => {
      process.off('exit', kill)
      interruptSignal.removeEventListener('abort', kill)
    }
    process.on('exit', kill)
    interruptSignal.addEventListener('abort', kill)
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.stdin?.on('error', () => {}).end(options.input)
    child.on('error', (error) => {
      forget()
      reject(new Error(`cannot start ${program}: ${error.message}`, { cause: error }))
    })
    child.on('close', (code) => {
      forget()
      resolve({ code, stdout, stderr })
    })
  })

/**
 * Runs a program to its end and gives what it printed.
 * @throws when it exits with anything but 0; the message carries the command and the last lines that it wrote.
 */
export const run = async (command: string[], options: CommandOptions = {}): Promise<string> => {
  const { code, stdout, stderr } = await tryRun(command, options)
  if (code === 0) return stdout
  const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n')
  throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}:\n${said}`)
}
