import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { listProcesses } from '../process/process-table.ts'

/**
 * All processes that were started under this home folder, also those that left act's process group and session, as
 * steps do: each run has a home of its own, and children inherit the variable.
 */
const findProcessesByHome = async (home: string): Promise<number[]> => {
  const entries = await listProcesses()
  const mine = entries.map(async ({ pid }) => {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    return environment.split('\0').includes(`HOME=${home}`) ? [pid] : []
  })
  return (await Promise.all(mine)).flat()
}

/** Kills what a run left behind, as GitHub's runner does at the end of a job. */
export const killRemainingProcesses = async (home: string): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const left = await findProcessesByHome(home)
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself in the meantime.
      }
    }
    await sleep(20)
  }
  throw new Error(`processes of a workflow run under ${home} do not end`)
}
