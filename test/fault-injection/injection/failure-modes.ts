import { setTimeout as sleep } from 'node:timers/promises'
import type { Termination } from '../run-job.ts'
import type { Interceptor, WriteHandler } from './interceptor.ts'

/**
 * How a job ends early. `machine-loss` kills node and helm at once, without a post step. `SIGKILL` kills only node, and
 * its helm continues. The runner sends `SIGTERM` at its shutdown, and `SIGINT` when a job is cancelled.
 */
export const FAILURE_MODES = ['machine-loss', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const
export type FailureMode = (typeof FAILURE_MODES)[number]

/** The signals of the runner, with milliseconds after the first one (actions/runner, ProcessInvoker). */
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

/** Milliseconds between the signal and the forwarded request. */
const SIGNAL_GRACE_MS = 150

export interface KillInjection {
  /** The write at which the job is killed. */
  key: string
  failureMode: FailureMode
  /** Whether the server executes the write before the kill. */
  timing: 'before' | 'after'
  runsPostSteps: boolean
  /** Whether the scheduled reconcile job runs before the chain is re-run. */
  reconcileBeforeRerun?: boolean
}

/** Creates a write handler that kills the job at one write, and the matching termination of the job. */
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
    const response = timing === 'after' ? await pass() : undefined
    kill()
    await sleep(SIGNAL_GRACE_MS)
    // The server never receives a request that its sender did not finish.
    return response ?? (hasDisconnected() ? undefined : pass())
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
