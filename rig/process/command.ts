import { spawn } from 'node:child_process'
import { interruptSignal } from './interruption.ts'

export type CommandOptions = {
  /** Added to this process's environment; undefined removes a variable. */
  env?: Record<string, string | undefined>
  cwd?: string
  input?: string
  /** A file descriptor to read instead of `input`. */
  stdin?: number
}

/** The result of a program. `code` is null if a signal ended it. */
export type CommandResult = { code: number | null; stdout: string; stderr: string }

/**
 * Prefixes a command so that it runs in new mount and PID namespaces. Its mounts stay private, and the kernel kills
 * its child processes when it ends. For compilers and shell scripts.
 */
export const isolateCommand = (...command: string[]): string[] => {
  const flags = ['--mount', '--propagation=private', '--pid', '--fork', '--kill-child=SIGKILL']
  return ['unshare', ...flags, '--', ...command]
}

/**
 * Runs a program and returns its exit code and output. The program is killed when this process exits or is interrupted.
 * @throws if the program cannot start
 */
export const tryRun = (command: string[], options: CommandOptions = {}): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.stdin ?? (options.input === undefined ? 'ignore' : 'pipe'), 'pipe', 'pipe'],
    })
    const kill = () => child.kill('SIGKILL')
    const removeListeners = () => {
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
      removeListeners()
      reject(new Error(`cannot start ${program}: ${error.message}`, { cause: error }))
    })
    child.on('close', (code) => {
      removeListeners()
      resolve({ code, stdout, stderr })
    })
  })

/**
 * Runs a program and returns its standard output.
 * @throws if the exit code is not 0, with the command and its last lines of output
 */
export const run = async (command: string[], options: CommandOptions = {}): Promise<string> => {
  const { code, stdout, stderr } = await tryRun(command, options)
  if (code === 0) return stdout
  const output = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n')
  throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}:\n${output}`)
}
