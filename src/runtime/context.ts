import { readFileSync } from 'node:fs'
import * as core from '@actions/core'
import { errorMessage, Fault } from '../domain/core/errors.ts'
import { neutralise } from '../domain/core/workflow-command.ts'
import type { Environment } from './read-inputs.ts'

export type Log = typeof log

/** The job that the action runs in. */
export type Context = ReturnType<typeof createContext>
export type WorkflowRun = Context['run']

// Messages contain outside text, which must not be read as a workflow command.
export const log = {
  info: (message: string) => core.info(neutralise(message)),
  warning: (message: string) => core.warning(message),
  /** Marks a line of a file of the workspace in the view of the changed files. GitHub shows ten of each level per step. */
  annotate: (level: 'error' | 'warning', message: string, { file, line }: { file: string; line: number }) => {
    const print = level === 'error' ? core.error : core.warning
    print(message, { file, startLine: line })
  },
  group: (title: string, lines: readonly string[]) => {
    core.startGroup(neutralise(title))
    for (const line of lines) core.info(neutralise(line))
    core.endGroup()
  },
}

export function createContext(env: Environment, cancellation: AbortController) {
  const server = env.GITHUB_SERVER_URL ?? 'https://github.com'
  const repository = env.GITHUB_REPOSITORY ?? ''
  const id = env.GITHUB_RUN_ID ?? ''
  return {
    /** The workflow run of this job. */
    run: {
      /** owner/name; empty outside GitHub. */
      repository,
      id,
      attempt: env.GITHUB_RUN_ATTEMPT ?? '1',
      actor: env.GITHUB_ACTOR ?? '',
      url: repository && id ? `${server}/${repository}/actions/runs/${id}` : '',
      event: env.GITHUB_EVENT_NAME ?? '',
    },
    log,
    env,
    /** Folder for files that the runner deletes after the job. */
    temp: env.RUNNER_TEMP ?? env.TMPDIR ?? '/tmp',
    workspace: env.GITHUB_WORKSPACE ?? process.cwd(),
    /** Aborted when the job is cancelled (the runner sends SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL). */
    cancelled: cancellation.signal,
    /** Cancels the work of this process for another reason. */
    cancel: (reason: Error) => cancellation.abort(reason),
    /** The event payload, unchecked. @throws Fault if it cannot be read */
    event: () => readEventPayload(env.GITHUB_EVENT_PATH),
    /** Passes a value to the post step. It is written at once, so that it survives a kill of main. */
    saveState: (name: string, value: string) => core.saveState(name, value),
  }
}

function readEventPayload(path: string | undefined): unknown {
  try {
    if (!path) throw new Error('GITHUB_EVENT_PATH is not set')
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Fault({
      system: 'GitHub',
      call: path ? `reading the event file ${path}` : 'reading the event',
      detail: errorMessage(cause),
      hint: 'Run the action in a workflow, or set GITHUB_EVENT_PATH to a JSON file.',
      cause,
    })
  }
}
