import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Mlflow } from '../../adapters/mlflow/mlflow.ts'
import { formatHolderIdentity } from '../../domain/release/lease.ts'
import type { LogDisclosure } from '../../domain/rollout/redaction.ts'
import type { Context } from '../../runtime/context.ts'

/** Clocks and timers. A test hands in others. */
export type LeaseEnvironment = typeof systemEnvironment

export const systemEnvironment = {
  /** Milliseconds since 1970. */
  now: Date.now,
  /** Milliseconds of a clock that is never set. */
  monotonicNow: () => performance.now(),
  /** Ends early when the job is cancelled. */
  pause: (milliseconds: number, cancelled: AbortSignal): Promise<void> =>
    sleep(milliseconds, undefined, { signal: cancelled }).catch(() => undefined),
  /** Calls again and again until the returned function is called. Does not keep the process alive. */
  repeat: (milliseconds: number, callback: () => void): (() => void) => {
    const timer = setInterval(callback, milliseconds).unref()
    return () => clearInterval(timer)
  },
  /** Milliseconds that a lease is valid without renewal; all other periods of the lease are fractions of it. */
  leaseDuration: 60_000,
  /** Milliseconds between two reads of a lease that another process holds. */
  pollInterval: 2000,
}

/** Where failure tags are written. */
export type Registry = Pick<Mlflow, 'setVersionTags'>

export interface LeaseInputs {
  /** Milliseconds that a rollout, or a rollback, may take. */
  timeout: number
  /** The model that the evidence is about. */
  'model-name'?: string | undefined
  /** How much of what the pods log is kept in the evidence. */
  'evidence-logs'?: LogDisclosure | undefined
}

export interface LeaseOptions {
  /** Where failure tags are written; undefined without a tracking server. */
  registry?: (() => Registry | undefined) | undefined
  leaseEnvironment?: LeaseEnvironment | undefined
}

/** Who acquires a lease, and what it needs to recover an interrupted operation. */
export interface LeaseRequest extends LeaseInputs, LeaseOptions {
  context: Pick<Context, 'run' | 'env' | 'log' | 'temp' | 'cancelled' | 'cancel' | 'saveState'>
  holderIdentity: string
  /** For post steps: the holder that has ended for certain, since it was the main step of the same action. */
  endedHolder?: string | undefined
  /** Milliseconds to wait for a live holder; default: see leaseWaitTimeout. */
  waitTimeout?: number
  /** Milliseconds for the rollback of an interrupted operation; default: `timeout`. */
  rollbackTimeout?: number
  leaseEnvironment: LeaseEnvironment
}

export function createLeaseRequest(
  action: string,
  inputs: LeaseInputs,
  context: Context,
  { registry, leaseEnvironment = systemEnvironment }: LeaseOptions = {},
): LeaseRequest {
  const { run, env } = context
  const { timeout, 'model-name': model, 'evidence-logs': logs } = inputs
  const runner = env.RUNNER_NAME || hostname()
  const holder = { action, url: run.url, attempt: run.attempt, runner, id: randomUUID() }
  const evidence = { 'model-name': model, 'evidence-logs': logs }
  return {
    holderIdentity: formatHolderIdentity(holder),
    context,
    registry,
    leaseEnvironment,
    timeout,
    ...evidence,
  }
}
