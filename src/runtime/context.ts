import { readFileSync } from 'node:fs'
import * as core from '@actions/core'
import { Fault } from '../domain/failure.ts'
import { neutralise } from '../domain/workflow-command.ts'
import type { Environment } from './inputs.ts'

export interface Log {
  info(message: string): void
  warning(message: string): void
  group(title: string, lines: readonly string[]): void
}

/** Who and what started us, for ledgers and marks. */
export interface WorkflowRun {
  /** owner/name; empty outside GitHub. */
  repository: string
  id: string
  attempt: string
  actor: string
  /** Web page of the run. */
  url: string
  event: string
}

/** What an action knows of the job it runs in. */
export interface Context {
  run: WorkflowRun
  log: Log
  env: Environment
  /** Folder for files that live as long as the job. */
  temp: string
  workspace: string
  /** Aborted when the job is cancelled (the runner sends SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL). */
  cancelled: AbortSignal
  /** The event's payload as GitHub wrote it. */
  event(): unknown
  /** Hands a value to the post step. Written at once, so that a killed main has said it. */
  saveState(name: string, value: string): void
}

// Messages repeat what outside systems say, so none of them may be read as a workflow command.
export const log: Log = {
  info: (message) => core.info(neutralise(message)),
  warning: (message) => core.warning(message),
  group: (title, lines) => {
    core.startGroup(neutralise(title))
    for (const line of lines) core.info(neutralise(line))
    core.endGroup()
  },
}

export function contextFrom(env: Environment, cancelled: AbortSignal): Context {
  const server = env.GITHUB_SERVER_URL ?? 'https://github.com'
  const repository = env.GITHUB_REPOSITORY ?? ''
  const id = env.GITHUB_RUN_ID ?? ''
  return {
    run: {
      repository,
      id,
      attempt: env.GITHUB_RUN_ATTEMPT ?? '1',
      actor: env.GITHUB_ACTOR ?? '',
      url: repository && id ? `${server}/${repository}/actions/runs/${id}` : '',
      event: env.GITHUB_EVENT_NAME ?? '',
    },
    log,
    env,
    temp: env.RUNNER_TEMP ?? env.TMPDIR ?? '/tmp',
    workspace: env.GITHUB_WORKSPACE ?? process.cwd(),
    cancelled,
    event: () => readEvent(env.GITHUB_EVENT_PATH),
    saveState: (name, value) => core.saveState(name, value),
  }
}

function readEvent(path: string | undefined): unknown {
  if (!path) {
    throw new Fault({
      system: 'GitHub',
      call: 'reading the event',
      said: 'GITHUB_EVENT_PATH names no file',
      next: 'The runner writes that file; run the action in a workflow, or give it a JSON file.',
    })
  }
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Fault({
      system: 'GitHub',
      call: `reading the event file ${path}`,
      said: cause instanceof Error ? cause.message : String(cause),
      next: 'The runner writes that file (GITHUB_EVENT_PATH); run the action in a workflow, or give it a JSON file.',
      cause,
    })
  }
}
