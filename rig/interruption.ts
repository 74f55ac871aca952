import { constants } from 'node:os'
import { processEntry, processTable } from './process-table.ts'

const controller = new AbortController()
let sheltered = 0

/** Aborted by the first Ctrl-C: whoever waits or starts something new stops there. */
export const interruption: AbortSignal = controller.signal

/** @throws when the user has asked to stop, except inside `sheltering`. */
export const stopIfInterrupted = (): void => {
  if (interruption.aborted && sheltered === 0) throw new Error('interrupted')
}

/** Does work that must reach its end although the user has asked to stop: tidying up. */
export const sheltering = async <T>(work: () => Promise<T>): Promise<T> => {
  sheltered++
  try {
    return await work()
  } finally {
    sheltered--
  }
}

/** Ends what we run and wait for (compilers, pip). Daemons are in process groups of their own and are left alone. */
const endChildren = async (): Promise<void> => {
  const group = (await processEntry(process.pid))?.group
  for (const entry of await processTable()) {
    if (entry.parent === process.pid && entry.group === group) process.kill(entry.pid, 'SIGTERM')
  }
}

/**
 * Does `work`; at Ctrl-C (or SIGTERM, SIGHUP) interrupts it, waits until it has stopped, does `tidy`, and ends this
 * process with 128 + the signal's number. Further signals are ignored, since tidying up must reach its end.
 */
export const interruptible = async <T>(work: () => Promise<T>, tidy = async () => {}): Promise<T> => {
  let received: NodeJS.Signals | undefined
  const interrupt = (signal: NodeJS.Signals) => {
    if (received !== undefined) return
    received = signal
    console.error(`\n${signal}: stopping, and taking down what was started`)
    controller.abort()
    endChildren().catch(() => {})
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, interrupt)
  try {
    const [outcome] = await Promise.allSettled([work()])
    if (received !== undefined) {
      await sheltering(tidy)
      process.exit(128 + constants.signals[received])
    }
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}
