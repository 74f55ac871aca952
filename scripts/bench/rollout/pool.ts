/** Does all of the work, so many at a time, and gives what came of each, in its order. */
export async function pooled<T>(
  limit: number,
  work: readonly (() => Promise<T>)[],
): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = []
  const queue = [...work.entries()]
  const one = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [nth, task] = next
      ;[results[nth]] = (await Promise.allSettled([task()])) as [PromiseSettledResult<T>]
    }
  }
  await Promise.all(Array.from({ length: limit }, one))
  return results
}
