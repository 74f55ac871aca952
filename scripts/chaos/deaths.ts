import { setTimeout as sleep } from 'node:timers/promises'
import type { End } from './job.ts'
import type { Disturbance, Tap } from './tap.ts'

/**
 * How a job ends early. `machine`: all of it at once, helm with node, and no post step. `SIGKILL`: node alone, so that
 * its helm goes on. `SIGTERM` and `SIGINT`: what a runner sends first when it is shut down, and when a job is cancelled.
 */
export const DEATHS = ['machine', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const
export type Death = (typeof DEATHS)[number]

/** Milliseconds after which the runner sends its next signal, harder each time (actions/runner, ProcessInvoker). */
const NEXT: Readonly<Record<Death, readonly [NodeJS.Signals, number][]>> = {
  machine: [['SIGKILL', 0]],
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

/** Milliseconds that a process gets to act on a signal before its request goes on. */
const HEARD = 150

export interface Killing {
  /** The write at which it happens. */
  key: string
  death: Death
  /** Whether the server has done it by then. */
  when: 'before' | 'after'
  posts: boolean
  /** Whether the scheduled reconcile comes before the chain is run again. */
  reconciled?: boolean
}

/** A disturbance that kills at one write, and the end of the job that goes with it. */
export function killing({ key, death, when, posts }: Killing, tap: () => Tap) {
  let struck = () => {}
  let over = false
  const deadly = new Promise<void>((resolve) => {
    struck = () => {
      over = true
      resolve()
    }
  })
  const disturbance: Disturbance = async (write, pass, gone) => {
    if (over || write.key !== key) return pass()
    if (death === 'machine') {
      if (when === 'after') await pass()
      tap().die()
      struck()
      return undefined
    }
    const answer = when === 'after' ? await pass() : undefined
    struck()
    await sleep(HEARD)
    // What its sender did not live to send never was.
    return answer ?? (gone() ? undefined : pass())
  }
  const end: End = {
    signals: NEXT[death].map(([signal, after]) => ({ signal, when: deadly.then(() => sleep(after)) })),
    over: () => over,
    posts: posts && death !== 'machine',
  }
  return { disturbance, end }
}
