import { constants } from 'node:os'
import { listProcesses, readProcess } from './process-table.ts'

const controller = new AbortController()
let uninterruptibleDepth = 0

/** Aborted by the first Ctrl-C. Waits and new steps then stop. */
export const interruptSignal: AbortSignal = controller.signal

/** @throws after an interruption, except inside `runUninterruptible` */
export const throwIfInterrupted = (): void => {
  if (interruptSignal.aborted && uninterruptibleDepth === 0) throw new Error('interrupted')
}

/** Runs a cleanup, which must finish even after an interruption. */
export const runUninterruptible = async <T>(work: () => Promise<T>): Promise<T> => {
  uninterruptibleDepth++
  try {
    return await work()
  } finally {
    uninterruptibleDepth--
  }
}

/** Terminates child processes such as compilers and pip. Daemons keep running, in their own process groups. */
const terminateChildren = async (): Promise<void> => {
  const group = (await readProcess(process.pid))?.group
  for (const entry of await listProcesses()) {
    if (entry.parent === process.pid && entry.group === group) process.kill(entry.pid, 'SIGTERM')
  }
}

/**
 * Runs `work`. SIGINT, SIGTERM or SIGHUP interrupts it: this waits until `work` has stopped, runs `cleanUp`, and exits
 * with 128 + the signal's number. Further signals are ignored, because the cleanup must finish.
 */
export const runInterruptible = async <T>(work: () => Promise<T>, cleanUp = async () => {}): Promise<T> => {
  let received: NodeJS.Signals | undefined
  const interrupt = (signal: NodeJS.Signals) => {
    if (received !== undefined) return
    received = signal
    console.error(`\n${signal}: stopping`)
    controller.abort()
    terminateChildren().catch(() => {})
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, interrupt)
  try {
    const [outcome] = await Promise.allSettled([work()])
    if (received !== undefined) {
      await runUninterruptible(cleanUp)
      process.exit(128 + constants.signals[received])
    }
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}
