import { stopIfInterrupted } from './interruption.ts'

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

/**
 * Does one step and says on stderr, in one line, what it was and how long it took.
 * @throws whatever the step throws, after a line that says that it failed.
 */
export const step = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
  stopIfInterrupted()
  const began = performance.now()
  try {
    const result = await work()
    console.error(`  ${title}  ${seconds(began)}`)
    return result
  } catch (error) {
    console.error(`  ${title}  failed after ${seconds(began)}`)
    throw error
  }
}
