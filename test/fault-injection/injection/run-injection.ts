import { setTimeout as sleep } from 'node:timers/promises'
import { type Case, chainSteps, reconcileSteps, type Step } from '../cases.ts'
import type { Harness } from '../harness.ts'
import {
  createInvariantCheck,
  findCrashingVersions,
  findFalseClaims,
  findUnfinishedWork,
  readState,
  waitForNoViolations,
} from '../invariant.ts'
import { type ChainVariant, deleteRelease, prepareCase } from '../prepare-case.ts'
import { describeSteps, hasSucceeded, runJob } from '../run-job.ts'
import { createKillInjection, type KillInjection } from './failure-modes.ts'
import { createFaultInjection, type Fault, type RestartCommands } from './faults.ts'
import { type Interceptor, openInterceptor } from './interceptor.ts'

/** A chain, and the injection at one of its writes. */
export interface InjectionPoint {
  /** The chain, the number of the write, and its key. */
  name: string
  /** The injection in words. */
  description: string
  variant: ChainVariant
  injection: KillInjection | { key: string; fault: Fault }
}

export interface InjectionResult {
  point: InjectionPoint
  /** Violations of the invariant at the end; empty for a pass. */
  violations: string[]
  /** A line for each step of the injected run, then of the re-run. */
  trace: string[]
  seconds: number
}

/** Prepares a case, runs its chain with the injection, re-runs it without faults, and checks the invariant. */
export async function runInjection(
  harness: Harness,
  point: InjectionPoint,
  restarts?: RestartCommands,
): Promise<InjectionResult> {
  const started = Date.now()
  const trace: string[] = []
  const result = (violations: string[]): InjectionResult => ({
    point,
    violations,
    trace,
    seconds: (Date.now() - started) / 1000,
  })
  let one: Case | undefined
  let interceptor: Interceptor | undefined
  try {
    one = await prepareCase(harness, point.variant)
    // The interceptor stays open until the end, because helm continues after SIGKILL of node.
    const first = await runInterrupted(harness, one, point, trace, restarts)
    interceptor = first.interceptor
    if (!first.reached) return result(['injection point was not reached'])
    const state = await readState(harness, one)
    const falseClaims = findFalseClaims(state, findCrashingVersions(state, one))
    // A post step can fail while a fault lasts, so only kills are checked.
    const unfinished =
      'failureMode' in point.injection && point.injection.runsPostSteps
        ? await waitForNoViolations(harness, one, findUnfinishedWork)
        : []
    await rerun(
      harness,
      one,
      'reconcileBeforeRerun' in point.injection && point.injection.reconcileBeforeRerun === true,
      trace,
    )
    return result([
      ...falseClaims.map((each) => `after the injection: ${each}`),
      ...unfinished.map((each) => `after the post steps: ${each}`),
      ...(await waitForNoViolations(harness, one, createInvariantCheck(one))),
    ])
  } catch (error) {
    return result([`harness error: ${error instanceof Error ? error.message : error}`])
  } finally {
    await interceptor?.close()
    if (one) await deleteRelease(harness, one).catch(() => {})
  }
}

/** Runs the chain with the injection. @returns also whether the chain reached the injection point */
async function runInterrupted(
  harness: Harness,
  one: Case,
  { injection }: InjectionPoint,
  trace: string[],
  restarts: RestartCommands | undefined,
): Promise<{ reached: boolean; interceptor: Interceptor }> {
  let current: Interceptor | undefined
  const interceptor = () => current as Interceptor
  const injected =
    'fault' in injection
      ? createFaultInjection(injection, interceptor, restarts)
      : createKillInjection(injection, interceptor)
  current = await openInterceptor(harness.rig, one, injected.onWrite)
  const steps = chainSteps(harness, one, current)
  const end = 'end' in injected ? injected.end : undefined
  const ran = await runJob(
    harness,
    { helm: one.helm, steps, interceptor: current, job: harness.nextJob() },
    end,
  )
  trace.push(...describeSteps(ran))
  if ('idle' in injected) await injected.idle()
  return { reached: current.writes.some(({ key }) => key === injection.key), interceptor: current }
}

/** Longer than `leaseDurationSeconds`. */
const LEASE_EXPIRY_MS = 62_000

/**
 * Re-runs the chain. If its gate accepts nothing, no action checks the release, so the scheduled reconcile job runs, too.
 */
async function rerun(harness: Harness, one: Case, reconcileFirst: boolean, trace: string[]): Promise<void> {
  const interceptor = await openInterceptor(harness.rig, one)
  const run = async (steps: readonly Step[]) => {
    const ran = await runJob(harness, { helm: one.helm, steps, interceptor, job: harness.nextJob() })
    trace.push(...describeSteps(ran).map((line) => `again ${line}`))
    return ran
  }
  // Before the lease of the killed job expires, reconcile would find a running deployment.
  const reconcile = async () => {
    await sleep(LEASE_EXPIRY_MS)
    return run(reconcileSteps(harness, one, interceptor))
  }
  try {
    if (reconcileFirst) await reconcile()
    const ran = await run(chainSteps(harness, one, interceptor))
    const stopped = hasSucceeded(ran) && ran.every(({ result }) => !result.outputs.outcome)
    if (stopped) await reconcile()
  } finally {
    await interceptor.close()
  }
}
