import { type LeaseEnvironment, systemEnvironment } from '../../src/release/lease/lease-request.ts'

/** Clocks that advance only while a caller pauses. Repeated callbacks run then. */
export interface FakeLeaseEnvironment extends LeaseEnvironment {
  /** Advances the clocks and runs the repeated callbacks that are due. */
  advance(milliseconds: number): Promise<void>
  /** Advances the clocks without callbacks, as for a stopped process. */
  stopFor(milliseconds: number): void
}

export function fakeLeaseEnvironment(): FakeLeaseEnvironment {
  let now = Date.now()
  const repeated = new Set<{ every: number; due: number; callback: () => void }>()
  // Promises of callbacks settle before the clock advances.
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const advance = async (milliseconds: number) => {
    const end = now + milliseconds
    for (;;) {
      const next = [...repeated].filter(({ due }) => due <= end).sort((one, other) => one.due - other.due)[0]
      if (!next) break
      now = Math.max(now, next.due)
      next.due += next.every
      next.callback()
      await settle()
    }
    now = Math.max(now, end)
    await settle()
  }
  return {
    ...systemEnvironment,
    now: () => now,
    monotonicNow: () => now,
    advance,
    pause: advance,
    stopFor: (milliseconds) => {
      now += milliseconds
    },
    repeat(every, callback) {
      const entry = { every, due: now + every, callback }
      repeated.add(entry)
      return () => void repeated.delete(entry)
    },
  }
}
