import { stopIfInterrupted } from '../../rig/interruption.ts'

/** Does everything, so many at a time, and gives what each came to in the order of `all`. */
export async function pooled<T, R>(
  all: readonly T[],
  atOnce: number,
  work: (one: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async () => {
    while (next < all.length) {
      stopIfInterrupted()
      const at = next
      next += 1
      results[at] = await work(all[at] as T, at)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker))
  return results
}
