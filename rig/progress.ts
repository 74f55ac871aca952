import { throwIfInterrupted } from './process/interruption.ts'

const formatSeconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

/**
 * Runs one step and prints its title and duration to stderr.
 * @throws the error of the step, after it printed that the step failed
 */
export const reportStep = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
  throwIfInterrupted()
  const startedAt = performance.now()
  try {
    const result = await work()
    console.error(`  ${title}  ${formatSeconds(startedAt)}`)
    return result
  } catch (error) {
    console.error(`  ${title}  failed after ${formatSeconds(startedAt)}`)
    throw error
  }
}
