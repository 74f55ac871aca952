import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stopIfInterrupted } from '../../rig/interruption.ts'
import { type Result, runStep } from '../../test/bundle/runner.ts'
import type { Job } from './github.ts'
import type { Inputs, Said, Step } from './stories.ts'
import type { Tap } from './tap.ts'
import type { HelmName, World } from './world.ts'

/** What ends a job in the middle of it. */
export interface End {
  /** Signals to the main that runs then, each when its promise says so. */
  signals: readonly { signal: NodeJS.Signals; when: Promise<unknown> }[]
  /** Whether it has come to that, after which no further step is begun. */
  over(): boolean
  /** Whether the post steps run: not where the machine is gone. */
  posts: boolean
}

export interface Ran {
  step: string
  result: Result
}

const UNDISTURBED: End = { signals: [], over: () => false, posts: true }

/** Runs the steps of a job as the runner does: mains until one fails, then the posts of those that ran, last one first. */
export async function runJob(
  world: World,
  { helm, steps, tap, job }: { helm: HelmName; steps: readonly Step[]; tap: Tap; job: Job },
  end: End = UNDISTURBED,
): Promise<Ran[]> {
  const temp = mkdtempSync(join(tmpdir(), 'chaos-'))
  const env = {
    PATH: world.environment(helm).PATH ?? '',
    RUNNER_TEMP: temp,
    RUNNER_NAME: job.runner,
    GITHUB_RUN_ID: job.run,
    GITHUB_API_URL: world.runs.url,
  }
  const ran: Ran[] = []
  const begun: { action: string; inputs: Inputs; state: Record<string, string> }[] = []
  const said: Record<string, Said[string]> = {}
  world.runs.begin(job)
  try {
    for (const { action, inputs: given } of steps) {
      stopIfInterrupted()
      const inputs = given(said)
      if (inputs === undefined) continue
      tap.step = action
      const { signals } = end
      const result = await runStep(join(world.dist, `${action}.js`), { inputs, env, signals })
      ran.push({ step: action, result })
      begun.unshift({ action, inputs, state: result.state })
      said[action] = result.outputs
      if (result.exitCode !== 0 || end.over()) break
    }
    for (const { action, inputs, state } of end.posts ? begun : []) {
      const script = join(world.dist, `${action}-post.js`)
      if (!existsSync(script)) continue
      tap.step = `${action} post`
      ran.push({ step: tap.step, result: await runStep(script, { inputs, env, state }) })
    }
    return ran
  } finally {
    world.runs.end(job)
    rmSync(temp, { recursive: true, force: true })
  }
}

/** What the steps of a job came to, on one line each, for who reads why. */
export function story(ran: readonly Ran[]): string[] {
  return ran.map(({ step, result }) => {
    const { exitCode, signal, outputs, annotations, milliseconds } = result
    const said = annotations.map(({ level, message }) => `${level}: ${message.split('\n')[0]}`)
    const end = outputs.outcome ?? outputs.verdict ?? outputs.changed ?? ''
    return `${step}: exit ${signal ?? exitCode} after ${(milliseconds / 1000).toFixed(1)} s ${end} ${said.join(' | ').slice(0, 700)}`
  })
}

export function isGreen(ran: readonly Ran[]): boolean {
  return ran.every(({ result }) => result.exitCode === 0)
}
