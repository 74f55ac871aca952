import { constants } from 'node:os'
import { listProcesses, readProcess } from './process-table.ts'

const controller = new AbortController()
let uninterruptibleDepth = 0

/** The first Ctrl-C aborts it. Code that waits or starts something new then stops. */
export const interruptSignal: AbortSignal = controller.signal

/** @throws when the user has asked to stop, except inside `sheltering`. */
export const throwIfInterrupted = (): void => {
  if (interruptSignal.aborted && uninterruptibleDepth === 0) throw new Error('interrupted')
}

/** Does work that must finish although the user asked to stop: cleanup. */
export const runUninterruptible = async <T>(work: () => Promise<T>): Promise<T> => {
  uninterruptibleDepth++
  try {
    return await work()
  } finally {
    uninterruptibleDepth--
  }
}

/** Ends what we run and wait for (compilers, pip). Daemons are in process groups of their own and are left alone. */
const terminateChildren = async (): Promise<void> => {
  const group = (await readProcess(process.pid))?.group
  for (const entry of await listProcesses()) {
    if (entry.parent === process.pid && entry.group === group) process.kill(entry.pid, 'SIGTERM')
  }
}

/**
 * Does `work`; at Ctrl-C (or SIGTERM, SIGHUP) interrupts it, waits until it has stopped, does `tidy`, and ends this
 * process with 128 + the signal's number. Further signals are ignored, because the cleanup must finish.
 */
export const runInterruptible = async <T>(work: () => Promise<T>, tidy = async () => {}): Promise<T> => {
  let received: NodeJS.Signals | undefined
  const interrupt = (signal: NodeJS.Signals) => {
    if (received !== undefined) return
    received = signal
    console.error(`\n${signal}: stopping what was started`)
    controller.abort()
    terminateChildren().catch(() => {})
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, interrupt)
  try {
    const [outcome] = await Promise.allSettled([work()])
    if (received !== undefined) {
      await runUninterruptible(tidy)
      process.exit(128 + constants.signals[received])
    }
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}
