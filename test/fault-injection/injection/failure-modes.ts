import { setTimeout as sleep } from 'node:timers/promises'
import type { Termination } from '../run-job.ts'
import type { Interceptor, WriteHandler } from './interceptor.ts'

/**
 * How a job ends early. `machine-loss`: helm and node at once, without a post step. `SIGKILL`: node alone, while its helm
 * continues. `SIGTERM` and `SIGINT`: what a runner sends first at its shutdown, and when a job is cancelled.
 */
export const FAILURE_MODES = ['machine-loss', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const
export type FailureMode = (typeof FAILURE_MODES)[number]

/** Milliseconds after which the runner sends its next signal, harder each time (actions/runner, ProcessInvoker). */
const SIGNAL_ESCALATION: Readonly<Record<FailureMode, readonly [NodeJS.Signals, number][]>> = {
  'machine-loss': [['SIGKILL', 0]],
  SIGKILL: [['SIGKILL', 0]],
  SIGTERM: [
    ['SIGTERM', 0],
    ['SIGKILL', 2500],
  ],
  SIGINT: [
    ['SIGINT', 0],
    ['SIGTERM', 7500],
    ['SIGKILL', 10_000],
  ],
}

/** Milliseconds between the signal and the forwarding of the request. */
const SIGNAL_GRACE_MS = 150

export interface KillInjection {
  /** The write at which it happens. */
  key: string
  failureMode: FailureMode
  /** Whether the server executes the write first. */
  timing: 'before' | 'after'
  runsPostSteps: boolean
  /** Whether the scheduled reconcile runs before the chain is re-run. */
  reconcileBeforeRerun?: boolean
}

/** A write handler that kills the job at one write, and the matching termination of the job. */
export function createKillInjection(
  { key, failureMode, timing, runsPostSteps }: KillInjection,
  interceptor: () => Interceptor,
) {
  let kill = () => {}
  let terminated = false
  const killed = new Promise<void>((resolve) => {
    kill = () => {
      terminated = true
      resolve()
    }
  })
  const onWrite: WriteHandler = async (write, pass, hasDisconnected) => {
    if (terminated || write.key !== key) return pass()
    if (failureMode === 'machine-loss') {
      if (timing === 'after') await pass()
      interceptor().disconnect()
      kill()
      return undefined
    }
    const answer = timing === 'after' ? await pass() : undefined
    kill()
    await sleep(SIGNAL_GRACE_MS)
    // A request that its sender did not finish is dropped.
    return answer ?? (hasDisconnected() ? undefined : pass())
  }
  const end: Termination = {
    signals: SIGNAL_ESCALATION[failureMode].map(([signal, after]) => ({
      signal,
      when: killed.then(() => sleep(after)),
    })),
    isTerminated: () => terminated,
    runsPostSteps: runsPostSteps && failureMode !== 'machine-loss',
  }
  return { onWrite, end }
}
