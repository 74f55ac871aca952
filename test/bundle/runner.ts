import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseFileCommands } from './file-commands.ts'
import { LineReader } from './line-reader.ts'
import { Masker } from './masker.ts'
import { trackPeakMemory } from './peak-memory.ts'
import { type Command, CommandReader } from './workflow-commands.ts'

export interface Step {
  /** `with:` of the step. */
  inputs?: Readonly<Record<string, string>>
  /** `env:` of the job and the step. It overrides the variables of the runner. */
  env?: Readonly<Record<string, string>>
  event?: { name: string; payload: unknown }
  /** The state that main saved, for a post step. */
  state?: Readonly<Record<string, string>>
  /** Signals to send: after some milliseconds, when a log line matches, or when a promise resolves. */
  signals?: readonly { signal: NodeJS.Signals; when: number | RegExp | Promise<unknown> }[]
  /** GITHUB_WORKSPACE; default: an empty folder. */
  workspace?: string
}

export interface Annotation {
  level: 'error' | 'warning' | 'notice'
  message: string
}

export interface RunnerResult {
  exitCode: number | null
  /** The signal that ended the process, or null. */
  signal: NodeJS.Signals | null
  /** Outputs as other jobs see them. The runner drops those that contain a masked value. */
  outputs: Record<string, string>
  droppedOutputs: string[]
  state: Record<string, string>
  /** Variables that the step wrote to GITHUB_ENV. */
  exportedVariables: Record<string, string>
  masks: string[]
  annotations: Annotation[]
  summary: string
  /** The log with masked values. */
  log: string
  /** All commands that the runner executed. */
  commands: Command[]
  /** Peak memory of the process in bytes. */
  peakMemoryBytes: number
  durationMs: number
  /** Files left in RUNNER_TEMP. */
  leftoverFiles: string[]
}

const COMMAND_FILES = ['output', 'state', 'env', 'path', 'step_summary'] as const

/** Runs the main or post script of an action like the runner, and parses its output by the runner's rules. */
export async function runStep(script: string, step: Step = {}): Promise<RunnerResult> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-'))
  try {
    return await runStepIn(folder, script, step)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runStepIn(folder: string, script: string, step: Step): Promise<RunnerResult> {
  const file = (name: string) => join(folder, name)
  const { temp, workspace } = await prepare(folder, step)
  const started = Date.now()
  const child = spawn(process.execPath, [script], {
    cwd: workspace,
    env: buildEnvironment(folder, temp, workspace, step),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const memory = trackPeakMemory(child.pid as number)
  const watch = scheduleSignals(step.signals ?? [], (signal) => child.kill(signal))
  const log = new StepLog(watch.line)
  const closed = Promise.all([child.stdout, child.stderr].map((stream) => log.follow(stream)))
  const { exitCode, signal } = await new Promise<Pick<RunnerResult, 'exitCode' | 'signal'>>(
    (resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, endSignal) => resolve({ exitCode: code, signal: endSignal }))
    },
  )
  const milliseconds = Date.now() - started
  watch.stop()
  await closed
  const pairs = async (name: (typeof COMMAND_FILES)[number]) =>
    parseFileCommands(await readFile(file(name), 'utf8'))
  const outputs = { ...log.outputs, ...(await pairs('output')) }
  const dropped = Object.keys(outputs).filter(
    (name) => log.masker.mask(outputs[name] ?? '') !== outputs[name],
  )
  return {
    exitCode,
    signal,
    outputs: Object.fromEntries(Object.entries(outputs).filter(([name]) => !dropped.includes(name))),
    droppedOutputs: dropped,
    state: { ...log.state, ...(await pairs('state')) },
    exportedVariables: await pairs('env'),
    masks: [...log.masker.values],
    annotations: log.annotations,
    summary: log.masker.mask(await readFile(file('step_summary'), 'utf8')),
    log: log.lines.join('\n'),
    commands: log.commands,
    peakMemoryBytes: memory.stop(),
    durationMs: milliseconds,
    leftoverFiles: await readdir(temp),
  }
}

/** Processes the output of a step, from both of its streams, like the runner. */
class StepLog {
  readonly masker = new Masker()
  readonly lines: string[] = []
  readonly commands: Command[] = []
  readonly annotations: Annotation[] = []
  readonly outputs: Record<string, string> = {}
  readonly state: Record<string, string> = {}
  readonly #reader = new CommandReader()
  readonly #seen: (line: string) => void

  constructor(seen: (line: string) => void) {
    this.#seen = seen
  }

  follow(stream: NodeJS.ReadableStream): Promise<void> {
    const reader = new LineReader((line) => this.#take(line))
    return new Promise((resolve, reject) => {
      stream.on('data', (chunk: Buffer) => reader.push(chunk))
      stream.once('error', reject)
      stream.once('close', () => {
        reader.end()
        resolve()
      })
    })
  }

  #take(line: string): void {
    this.#seen(line)
    const command = this.#reader.read(line)
    if (command) this.#execute(command, line)
    else this.#show(line)
  }

  #execute(command: Command, line: string): void {
    const { name, properties, data } = command
    this.commands.push(command)
    // The runner masks the token, too.
    if (name === 'stop-commands' && data.length > 6) this.masker.add(data)
    if (name === 'add-mask') this.masker.add(data)
    else if (name === 'set-output') this.outputs[properties.name ?? ''] = data
    else if (name === 'save-state') this.state[properties.name ?? ''] = data
    else if (name === 'group' || name === 'endgroup') this.#show(`##[${name}]${data}`)
    else if (name === 'stop-commands' || name === 'resume-commands') this.#show(line)
    else if (name === 'error' || name === 'warning' || name === 'notice') {
      this.annotations.push({ level: name, message: this.masker.mask(data) })
      this.#show(`##[${name}]${data}`)
    }
  }

  #show(line: string): void {
    this.lines.push(this.masker.mask(line))
  }
}

async function prepare(folder: string, step: Step): Promise<{ temp: string; workspace: string }> {
  const temp = await mkdtemp(join(folder, 'temp-'))
  const workspace = step.workspace ?? (await mkdtemp(join(folder, 'workspace-')))
  for (const name of COMMAND_FILES) await writeFile(join(folder, name), '')
  await writeFile(join(folder, 'event.json'), JSON.stringify(step.event?.payload ?? {}))
  return { temp, workspace }
}

function buildEnvironment(
  folder: string,
  temp: string,
  workspace: string,
  step: Step,
): Record<string, string> {
  const upper = (prefix: string, pairs: Readonly<Record<string, string>> = {}) =>
    Object.entries(pairs).map(([name, value]) => [
      `${prefix}${name.replaceAll(' ', '_').toUpperCase()}`,
      value,
    ])
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '/',
    LANG: 'C.UTF-8',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'octo/fraud',
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    GITHUB_ACTOR: 'monalisa',
    GITHUB_RUN_ID: '77',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_EVENT_NAME: step.event?.name ?? 'workflow_dispatch',
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: temp,
    ACTIONS_RUNTIME_TOKEN: 'runtime-token-of-the-job',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'oidc-token-of-the-job',
    ...Object.fromEntries(COMMAND_FILES.map((name) => [`GITHUB_${name.toUpperCase()}`, join(folder, name)])),
    ...Object.fromEntries(upper('INPUT_', step.inputs)),
    ...Object.fromEntries(Object.entries(step.state ?? {}).map(([name, value]) => [`STATE_${name}`, value])),
    ...step.env,
  }
}

function scheduleSignals(signals: NonNullable<Step['signals']>, send: (signal: NodeJS.Signals) => void) {
  const timers = signals.flatMap(({ signal, when }) =>
    typeof when === 'number' ? [setTimeout(() => send(signal), when)] : [],
  )
  let over = false
  // The test handles a rejected promise itself.
  for (const { signal, when } of signals)
    if (when instanceof Promise)
      when.then(
        () => over || send(signal),
        () => {},
      )
  const waiting = new Set(signals.filter(({ when }) => when instanceof RegExp))
  return {
    line: (line: string) => {
      for (const entry of waiting) {
        if (!(entry.when as RegExp).test(line)) continue
        waiting.delete(entry)
        send(entry.signal)
      }
    },
    stop: () => {
      over = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
