import { setTimeout as sleep } from 'node:timers/promises'
import type { Interceptor, ResponseOverride, WriteHandler } from './interceptor.ts'
import type { ProxyResponse } from './reverse-proxy.ts'

/** Faults of the job's environment. The job itself keeps running. */
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

/** Restarts daemons of the rig, which all processes on this machine share. */
export interface RestartCommands {
  'apiserver-restart'(): Promise<void>
  'kubelet-restart'(): Promise<void>
}

/** Milliseconds of an outage. */
const OUTAGE_MS = 20_000
/** Milliseconds by which a slow server delays each response. */
const DELAY_MS = 10_000

const ERROR_500: ProxyResponse = {
  status: 500,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(
    '{"error_code": "INTERNAL_ERROR", "message": "(sqlite3.OperationalError) database is locked"}',
  ),
}
const ERROR_503: ProxyResponse = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>'),
}

const RESPONSE_OVERRIDES: Readonly<Partial<Record<Fault, ResponseOverride>>> = {
  'mlflow-slow': () => sleep(DELAY_MS, undefined),
  'mlflow-500': async () => ERROR_500,
  'mlflow-503': async () => ERROR_503,
}

/** Creates a fault that starts at the write `key` and lasts OUTAGE_MS. */
export function createFaultInjection(
  { key, fault }: { key: string; fault: Fault },
  interceptor: () => Interceptor,
  restarts: RestartCommands | undefined,
): { onWrite: WriteHandler; idle(): Promise<void> } {
  let running: Promise<void> | undefined
  const begin = async () => {
    const override = RESPONSE_OVERRIDES[fault]
    if (override) {
      interceptor().responseOverride = override
      await sleep(OUTAGE_MS)
      interceptor().responseOverride = async () => undefined
    } else if (fault === 'apiserver-restart' || fault === 'kubelet-restart') {
      if (!restarts) throw new Error(`${fault}: this run may not restart the rig's daemons`)
      await restarts[fault]()
    } else {
      const system = fault === 'mlflow-down' ? 'mlflow' : 'kubernetes'
      await interceptor().stopListening(system)
      await sleep(OUTAGE_MS)
      await interceptor().startListening(system)
    }
  }
  return {
    onWrite: async (write, pass) => {
      if (running || write.key !== key) return pass()
      running = begin()
      running.catch(() => {})
      await sleep(50)
      return (await interceptor().responseOverride()) === undefined ? pass() : ERROR_503
    },
    /** Resolves when the fault has ended. */
    idle: async () => running,
  }
}
