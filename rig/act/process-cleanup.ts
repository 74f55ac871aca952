import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { listProcesses } from '../process/process-table.ts'

/**
 * Finds all processes of a run, including those outside act's process group and session. Each run has its own home
 * folder, and child processes inherit the variable HOME.
 */
const findProcessesByHome = async (home: string): Promise<number[]> => {
  const entries = await listProcesses()
  const matches = entries.map(async ({ pid }) => {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    return environment.split('\0').includes(`HOME=${home}`) ? [pid] : []
  })
  return (await Promise.all(matches)).flat()
}

/** Kills the processes that a run left behind, as GitHub's runner does at the end of a job. */
export const killRemainingProcesses = async (home: string): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const left = await findProcessesByHome(home)
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has already exited.
      }
    }
    await sleep(20)
  }
  throw new Error(`cannot kill all processes of the workflow run with HOME=${home}`)
}
