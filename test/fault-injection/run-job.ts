import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { throwIfInterrupted } from '../../rig/process/interruption.ts'
import { type RunnerResult, runStep } from '../bundle/runner.ts'
import type { Inputs, Step, StepOutputs } from './cases.ts'
import type { Harness, HelmName } from './harness.ts'
import type { Interceptor } from './injection/interceptor.ts'
import type { Job } from './job-registry.ts'

/** An early end of a job. */
export interface Termination {
  /** Signals to the running main script. Each is sent when its promise resolves. */
  signals: readonly { signal: NodeJS.Signals; when: Promise<unknown> }[]
  /** Whether the job is terminated. Then no further step starts. */
  isTerminated(): boolean
  /** Whether the post steps run. They do not after the loss of the machine. */
  runsPostSteps: boolean
}

export interface StepRun {
  step: string
  result: RunnerResult
}

const NO_TERMINATION: Termination = { signals: [], isTerminated: () => false, runsPostSteps: true }

/** Runs a job like the runner: main scripts until one fails, then post scripts of the started steps in reverse order. */
export async function runJob(
  harness: Harness,
  {
    helm,
    steps,
    interceptor,
    job,
  }: { helm: HelmName; steps: readonly Step[]; interceptor: Interceptor; job: Job },
  end: Termination = NO_TERMINATION,
): Promise<StepRun[]> {
  const temp = mkdtempSync(join(tmpdir(), 'fi-'))
  const env = {
    PATH: harness.environment(helm).PATH ?? '',
    RUNNER_TEMP: temp,
    RUNNER_NAME: job.runnerName,
    GITHUB_RUN_ID: job.runId,
    GITHUB_API_URL: harness.jobs.url,
  }
  const ran: StepRun[] = []
  const started: { action: string; inputs: Inputs; state: Record<string, string> }[] = []
  const outputs: Record<string, StepOutputs[string]> = {}
  harness.jobs.markRunning(job)
  try {
    for (const { action, inputs: createInputs } of steps) {
      throwIfInterrupted()
      const inputs = createInputs(outputs)
      if (inputs === undefined) continue
      interceptor.step = action
      const { signals } = end
      const result = await runStep(join(harness.dist, `${action}.js`), { inputs, env, signals })
      ran.push({ step: action, result })
      started.unshift({ action, inputs, state: result.state })
      outputs[action] = result.outputs
      if (result.exitCode !== 0 || end.isTerminated()) break
    }
    for (const { action, inputs, state } of end.runsPostSteps ? started : []) {
      const script = join(harness.dist, `${action}-post.js`)
      if (!existsSync(script)) continue
      interceptor.step = `${action} post`
      ran.push({ step: interceptor.step, result: await runStep(script, { inputs, env, state }) })
    }
    return ran
  } finally {
    harness.jobs.markCompleted(job)
    rmSync(temp, { recursive: true, force: true })
  }
}

/** One line for each step of a job, to explain a violation. */
export function describeSteps(ran: readonly StepRun[]): string[] {
  return ran.map(({ step, result }) => {
    const { exitCode, signal, outputs, annotations, durationMs: milliseconds } = result
    const messages = annotations.map(({ level, message }) => `${level}: ${message.split('\n')[0]}`)
    const end = outputs.outcome ?? outputs.verdict ?? outputs.changed ?? ''
    return `${step}: exit ${signal ?? exitCode} after ${(milliseconds / 1000).toFixed(1)} s ${end} ${messages.join(' | ').slice(0, 700)}`
  })
}

export function hasSucceeded(ran: readonly StepRun[]): boolean {
  return ran.every(({ result }) => result.exitCode === 0)
}
