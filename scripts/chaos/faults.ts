import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './reverse-proxy.ts'
import type { Disturbance, Tap, Weather } from './tap.ts'

/** What goes wrong around a job, while it runs on. */
export const FAULTS = [
  'mlflow-down',
  'mlflow-slow',
  'mlflow-500',
  'mlflow-503',
  'api-down',
  'apiserver-restart',
  'kubelet-restart',
] as const
export type Fault = (typeof FAULTS)[number]

/** The real daemons of the rig, which everybody on this machine shares. */
export interface Restarts {
  'apiserver-restart'(): Promise<void>
  'kubelet-restart'(): Promise<void>
}

/** Milliseconds for which something is away. */
const AWAY = 20_000
/** Milliseconds that a slow server takes for each answer. */
const SLOW = 10_000

const ERROR_500: Answer = {
  status: 500,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(
    '{"error_code": "INTERNAL_ERROR", "message": "(sqlite3.OperationalError) database is locked"}',
  ),
}
const ERROR_503: Answer = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>'),
}

const SKIES: Readonly<Partial<Record<Fault, Weather>>> = {
  'mlflow-slow': () => sleep(SLOW, undefined),
  'mlflow-500': async () => ERROR_500,
  'mlflow-503': async () => ERROR_503,
}

/** From the write named `key` on, the fault is there, for a while. The write itself is the first that meets it. */
export function faulty(
  { key, fault }: { key: string; fault: Fault },
  tap: () => Tap,
  restarts: Restarts | undefined,
): { disturbance: Disturbance; idle(): Promise<void> } {
  let running: Promise<void> | undefined
  const begin = async () => {
    const sky = SKIES[fault]
    if (sky) {
      tap().weather = sky
      await sleep(AWAY)
      tap().weather = async () => undefined
    } else if (fault === 'apiserver-restart' || fault === 'kubelet-restart') {
      if (!restarts) throw new Error(`${fault}: the rig's daemons may not be restarted here`)
      await restarts[fault]()
    } else {
      const system = fault === 'mlflow-down' ? 'mlflow' : 'kubernetes'
      await tap().shut(system)
      await sleep(AWAY)
      await tap().open(system)
    }
  }
  return {
    disturbance: async (write, pass) => {
      if (running || write.key !== key) return pass()
      running = begin()
      running.catch(() => {})
      await sleep(50)
      return (await tap().weather()) === undefined ? pass() : ERROR_503
    },
    /** Until it is over. */
    idle: async () => running,
  }
}
