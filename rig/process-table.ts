import { readdir, readFile } from 'node:fs/promises'

/** One line of the kernel's process table. `born` tells a process from a later one with the same number. */
export type ProcessEntry = { pid: number; parent: number; group: number; born: string }

/**
 * What the kernel says of a process now; undefined when there is none, or only a dead one that nobody collected.
 * Fields after proc_pid_stat(5): 3 state, 4 ppid, 5 pgrp, 22 starttime. The name in field 2 may hold blanks and brackets.
 */
export const processEntry = async (pid: number): Promise<ProcessEntry | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent, group] = fields
  const born = fields[19]
  if (born === undefined || state === 'Z' || state === 'X') return undefined
  return { pid, parent: Number(parent), group: Number(group), born }
}

/** Every process that is not yet dead. */
export const processTable = async (): Promise<ProcessEntry[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  return (await Promise.all(pids.map(processEntry))).filter((entry) => entry !== undefined)
}
