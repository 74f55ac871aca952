import { readFileSync } from 'node:fs'

/** Watches the most memory (VmHWM, resident) that a process ever held; Linux only, elsewhere it says 0. */
export function trackPeakMemory(pid: number): { stop(): number } {
  let most = 0
  const look = () => {
    try {
      const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
      most = Math.max(most, Number(line?.[1] ?? 0) * 1024)
    } catch {
      // The process is gone, or this is not Linux.
    }
  }
  const timer = setInterval(look, 20)
  return {
    stop: () => {
      look()
      clearInterval(timer)
      return most
    },
  }
}
