import { spawn } from 'node:child_process'

export type CommandOptions = {
  /** Added to this process's environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>
  cwd?: string
  input?: string
}

/** What a finished program left behind. `code` is null when a signal ended it. */
export type CommandResult = { code: number | null; stdout: string; stderr: string }

/**
 * Runs a program to its end and never throws for its exit code. It dies with this process, so that a Ctrl-C in
 * the middle of a compile leaves nothing running.
 * @throws when the program cannot be started at all, naming it.
 */
export const attempt = (command: string[], options: CommandOptions = {}): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    const killWithUs = () => child.kill('SIGTERM')
    process.once('exit', killWithUs)
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
      process.off('exit', killWithUs)
      reject(new Error(`cannot start ${program}: ${error.message}`, { cause: error }))
    })
    child.on('close', (code) => {
      process.off('exit', killWithUs)
      resolve({ code, stdout, stderr })
    })
  })

/**
 * Runs a program to its end and gives what it printed.
 * @throws when it exits with anything but 0; the message carries the command and the last lines that it wrote.
 */
export const run = async (command: string[], options: CommandOptions = {}): Promise<string> => {
  const { code, stdout, stderr } = await attempt(command, options)
  if (code === 0) return stdout
  const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n')
  throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}:\n${said}`)
}
