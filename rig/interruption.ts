import { constants } from 'node:os'
import { processEntry, processTable } from './process-table.ts'

const controller = new AbortController()

/** Aborted by the first Ctrl-C: whoever waits or starts something new stops there. */
export const interruption: AbortSignal = controller.signal

/** @throws when the user has asked to stop. */
export const stopIfInterrupted = (): void => {
  if (interruption.aborted) throw new Error('interrupted')
}

/** Ends what we run and wait for (compilers, pip). Daemons are in process groups of their own and are left alone. */
const endChildren = async (): Promise<void> => {
  const group = (await processEntry(process.pid))?.group
  for (const entry of await processTable()) {
    if (entry.parent === process.pid && entry.group === group) process.kill(entry.pid, 'SIGTERM')
  }
}

/**
 * Does `work`; at Ctrl-C (or SIGTERM, SIGHUP) interrupts it, waits until it has stopped, tidies up, and ends this
 * process with 128 + the signal's number. Further signals are ignored, since tidying up must reach its end.
 */
export const interruptible = async <T>(work: () => Promise<T>, tidy: () => Promise<void>): Promise<T> => {
  let received: NodeJS.Signals | undefined
  const interrupt = (signal: NodeJS.Signals) => {
    if (received !== undefined) return
    received = signal
    console.error(`\n${signal}: taking down what was started`)
    controller.abort()
    endChildren().catch((error) => console.error(error))
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, interrupt)
  try {
    return await work()
  } catch (error) {
    if (received === undefined) throw error
    await tidy()
    process.exit(128 + constants.signals[received])
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}
