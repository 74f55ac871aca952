import { throwIfInterrupted } from './process/interruption.ts'

const formatSeconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

/**
 * Does one step and says on stderr, in one line, what it was and how long it took.
 * @throws whatever the step throws, after a line that says that it failed.
 */
export const reportStep = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
  throwIfInterrupted()
  const began = performance.now()
  try {
    const result = await work()
    console.error(`  ${title}  ${formatSeconds(began)}`)
    return result
  } catch (error) {
    console.error(`  ${title}  failed after ${formatSeconds(began)}`)
    throw error
  }
}
