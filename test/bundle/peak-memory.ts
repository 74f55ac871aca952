import { readFileSync } from 'node:fs'

/** Tracks the peak resident memory of a process (VmHWM). Returns 0 outside Linux. */
export function trackPeakMemory(pid: number): { stop(): number } {
  let peak = 0
  const update = () => {
    try {
      const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
      peak = Math.max(peak, Number(line?.[1] ?? 0) * 1024)
    } catch {
      // The process has exited, or this is not Linux.
    }
  }
  const timer = setInterval(update, 20)
  return {
    stop: () => {
      update()
      clearInterval(timer)
      return peak
    },
  }
}
