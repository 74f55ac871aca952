import { readdir, readFile } from 'node:fs/promises'

/** A process. `startTicks` distinguishes it from a later one with the same id. */
export type ProcessEntry = { pid: number; parent: number; group: number; startTicks: string }

/**
 * Reads a process from /proc; undefined if it does not exist or is a zombie. Fields of proc_pid_stat(5): 3 state,
 * 4 ppid, 5 pgrp, 22 starttime. The name in field 2 can contain spaces and parentheses.
 */
export const readProcess = async (pid: number): Promise<ProcessEntry | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent, group] = fields
  const startTicks = fields[19]
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined
  return { pid, parent: Number(parent), group: Number(group), startTicks }
}

/** Lists all processes that are not zombies. */
export const listProcesses = async (): Promise<ProcessEntry[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  return (await Promise.all(pids.map(readProcess))).filter((entry) => entry !== undefined)
}
