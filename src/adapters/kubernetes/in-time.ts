import { setTimeout as wait } from 'node:timers/promises'

/** @throws Error where it takes longer, in milliseconds */
export async function inTime<T>(read: Promise<T>, longest: number): Promise<T> {
  const done = new AbortController()
  const late = wait(longest, undefined, { signal: done.signal }).then(() => {
    throw new Error(`not read within ${longest / 1000} s`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([read, late])
  } finally {
    done.abort()
  }
}
