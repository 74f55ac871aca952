import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { pythonBin } from '../mlflow/index.ts'
import { repository } from '../paths.ts'
import { interruptSignal } from '../process/interruption.ts'
import { tools } from '../tools/index.ts'
import { type Connections, replaceConnections } from './connections.ts'
import { copySuite, localRepositoryOptions } from './local-repositories.ts'
import { readActLog, type StepRun, type WorkflowLog } from './log.ts'
import { killRemainingProcesses } from './process-cleanup.ts'

export { listDownloadedActions } from './local-repositories.ts'
export type { Annotation, JobRun, StepRun } from './log.ts'
export { commitAll, createRepository, initializeRepository } from './repository.ts'

export type WorkflowRequest = {
  event: 'schedule' | 'workflow_dispatch' | 'repository_dispatch' | 'push' | 'pull_request'
  /** `github.event`; for a repository_dispatch `{ action: TYPE, client_payload: {...} }`. */
  payload?: Record<string, unknown>
  /** Inputs of a workflow_dispatch. */
  inputs?: Record<string, string>
  /** The user's repository (`createRepository`). The run does not write to it. */
  repository: string
  /** The file name of one of its workflows. */
  workflow: string
  env?: Record<string, string>
  secrets?: Record<string, string>
  vars?: Record<string, string>
  /** Folders on PATH before those of the system, such as that of helm. */
  path?: string[]
  /** Labels of `runs-on` besides `ubuntu-latest`. Their jobs run on this machine, too. */
  labels?: string[]
  /** The values of `uses:`, for refs of the suite and of third-party actions that the rig's own files do not use. */
  uses?: string[]
  /** The addresses that the suite's actions use instead of those in the workflow. */
  connections?: Connections
  /** `github.run_id`; unique by default, as on GitHub. */
  runId?: string
  runAttempt?: number
  /** The checkout that `org/retrain-actions@v1` resolves to; default: this one. */
  suite?: string
  /** The bundle to run instead of the checkout's `dist`. */
  dist?: string
  timeoutSeconds?: number
  /** Cancels the run, as the Cancel button on GitHub does. */
  signal?: AbortSignal
  /** Called with each line of act's JSON log. */
  onLine?: (line: string) => void
}

export type WorkflowResult = WorkflowLog & {
  /** 0 if every job succeeded; null if a signal ended act. */
  exitCode: number | null
  timedOut: boolean
  seconds: number
  runId: string
  /** The job summaries of all steps, in order. */
  summary: string
  /** The output of all steps. */
  log: string
  /** Returns the step with this id; default stage: Main. @throws if there is not exactly one; lists the known steps */
  step: (id: string, stage?: StepRun['stage']) => StepRun
}

const systemPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Runs act in its own process group, collects its output, and kills the processes that it leaves behind. */
const runAct = (command: string[], env: Record<string, string>, request: WorkflowRequest, home: string) =>
  new Promise<{ exitCode: number | null; timedOut: boolean; output: string }>((resolve, reject) => {
    const [program = '', ...args] = command
    // In the repository, act would read .actrc as its options.
    const child = spawn(program, args, { cwd: home, env, detached: true })
    let output = ''
    let rest = ''
    let timedOut = false
    const cancel = () => child.kill('SIGINT')
    const kill = () => child.kill('SIGKILL')
    const timer = setTimeout(
      () => {
        timedOut = true
        kill()
      },
      (request.timeoutSeconds ?? 600) * 1000,
    )
    const readOutput = (text: string) => {
      output += text
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) request.onLine?.(line)
    }
    child.stdout.setEncoding('utf8').on('data', readOutput)
    child.stderr.setEncoding('utf8').on('data', readOutput)
    request.signal?.addEventListener('abort', cancel)
    interruptSignal.addEventListener('abort', kill)
    const settle = () => {
      clearTimeout(timer)
      request.signal?.removeEventListener('abort', cancel)
      interruptSignal.removeEventListener('abort', kill)
    }
    child.once('error', (error) => {
      settle()
      reject(new Error(`cannot start act: ${error.message}; npm run rig -- up installs it`, { cause: error }))
    })
    // Processes that a step left running can hold the pipes open. `close` follows once they are killed.
    child.once('exit', () => killRemainingProcesses(home).catch(reject))
    child.once('close', (exitCode) => {
      settle()
      resolve({ exitCode, timedOut, output })
    })
  })

const createEventPayload = (request: WorkflowRequest): Record<string, unknown> => ({
  ...(request.inputs && { inputs: request.inputs }),
  repository: { default_branch: 'main' },
  ...request.payload,
})

const optionPairs = (option: string, values: Record<string, string> = {}): string[] =>
  Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`])

/** Passes secrets and variables in files, because other users of this machine can read arguments of a process. */
const writeSettings = async (home: string, request: WorkflowRequest): Promise<string[]> => {
  const files = { secret: request.secrets, var: request.vars, env: {}, input: {} }
  const options = Object.entries(files).map(async ([kind, values = {}]) => {
    const path = join(home, `${kind}.yml`)
    await writeFile(path, JSON.stringify(values), { mode: 0o600 })
    return [`--${kind}-file`, path]
  })
  return (await Promise.all(options)).flat()
}

let runCount = 0

/**
 * Runs a workflow file of a user's repository with act, directly on this machine. The run does not inherit this
 * process's environment: it gets a new home folder, Node 24 first on PATH, `org/retrain-actions@v1` from a local
 * checkout, and fakes of third-party actions. All its processes are killed at the end. A failing workflow does not throw.
 */
export const runWorkflow = async (request: WorkflowRequest): Promise<WorkflowResult> => {
  const startedAt = performance.now()
  const home = await realpath(await mkdtemp(join(tmpdir(), 'retrain-act-')))
  const runId = request.runId ?? `${Date.now()}${++runCount}`
  try {
    const artifacts = join(home, 'artifacts')
    const eventPath = join(home, 'event.json')
    await mkdir(artifacts)
    await writeFile(eventPath, JSON.stringify(createEventPayload(request)))
    const node = dirname(await realpath(tools.node))
    const path = [node, ...(request.path ?? []), ...systemPath].join(delimiter)
    const suite = await copySuite(request.suite ?? repository, join(home, 'suite'), request.dist)
    if (request.connections) await replaceConnections(suite, request.connections)
    const command = [
      ...[tools.act, request.event, '--eventpath', eventPath],
      ...['--directory', request.repository],
      ...['--workflows', join('.github/workflows', basename(request.workflow))],
      ...['--json', '--no-cache-server', '--defaultbranch', 'main'],
      ...['ubuntu-latest', ...(request.labels ?? [])].flatMap((label) => [
        '--platform',
        `${label}=-self-hosted`,
      ]),
      ...localRepositoryOptions(suite, request.uses),
      ...(await writeSettings(home, request)),
      ...optionPairs('--env', { GITHUB_RUN_ID: runId, GITHUB_RUN_ATTEMPT: String(request.runAttempt ?? 1) }),
      ...optionPairs('--env', { RIG_PYTHON_BIN: pythonBin, RIG_ARTIFACTS: artifacts }),
      // The rig's Python has all dependencies. Without resolving them again, pip needs a fifth of the time.
      ...optionPairs('--env', { PIP_NO_DEPS: '1' }),
      ...optionPairs('--env', {
        RIG_HELM3: dirname(tools.helm3),
        RIG_HELM4: dirname(tools.helm4),
        ...request.env,
      }),
    ]
    const env = { HOME: home, PATH: path, LANG: 'C.UTF-8' }
    const { exitCode, timedOut, output } = await runAct(command, env, request, home)
    const log = readActLog(output)
    const step = (id: string, stage: StepRun['stage'] = 'Main'): StepRun => {
      const found = log.steps.filter((each) => each.id === id && each.stage === stage)
      if (found[0] !== undefined && found.length === 1) return found[0]
      const known = log.steps.map((each) => `${each.job}: ${each.stage} ${each.id}`).join(', ')
      throw new Error(
        `${found.length} steps of the run have the id ${id} in stage ${stage}; there are ${known}`,
      )
    }
    return {
      ...{ ...log, exitCode, timedOut, runId, step, seconds: (performance.now() - startedAt) / 1000 },
      summary: log.steps.map((each) => each.summary).join(''),
      log: log.steps.map((each) => each.log).join(''),
    }
  } finally {
    await killRemainingProcesses(home)
    await rm(home, { recursive: true, force: true })
  }
}
