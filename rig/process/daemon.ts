import { spawn } from 'node:child_process'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readDocument, writeDocument } from '../documents.ts'
import { state } from '../paths.ts'
import { throwIfInterrupted } from './interruption.ts'
import { listProcesses, readProcess } from './process-table.ts'

/** A record by which later processes identify a daemon. `startTicks` is its start time in kernel ticks. */
type DaemonRecord = {
  name: string
  pid: number
  startTicks: string
  bootId: string
  command: string[]
  log: string
}

export type DaemonOptions = {
  /** A unique name, such as `mlflow` or `etcd`. */
  name: string
  command: string[]
  /** Added to this process's environment; undefined removes a variable. */
  env?: Record<string, string | undefined>
  cwd?: string
  /** The file for its output; default: `state/logs/NAME.log`. */
  log?: string
}

const folder = join(state, 'daemons')
const recordPath = (name: string): string => join(folder, `${name}.json`)
const readBootId = async (): Promise<string> =>
  (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()

const readRecord = (name: string): Promise<DaemonRecord | undefined> =>
  readDocument<DaemonRecord>(recordPath(name))

/**
 * Finds the processes in a daemon's process group. Empty if the process id was reused: Linux does not reuse an id
 * while a process group has it.
 */
const findProcesses = async (record: DaemonRecord): Promise<number[]> => {
  if (record.bootId !== (await readBootId())) return []
  const leader = await readProcess(record.pid)
  if (leader !== undefined && leader.startTicks !== record.startTicks) return []
  return (await listProcesses()).filter((entry) => entry.group === record.pid).map((entry) => entry.pid)
}

/** Starts a program that outlives this process, in its own process group, and records it. */
export const startDaemon = async (options: DaemonOptions): Promise<void> => {
  const { name, command, env, cwd } = options
  throwIfInterrupted()
  if (await isDaemonAlive(name)) throw new Error(`${name} already runs; stop it first`)
  const log = options.log ?? join(state, 'logs', `${name}.log`)
  const [program = '', ...args] = command
  await mkdir(folder, { recursive: true })
  await mkdir(dirname(log), { recursive: true })
  const output = await open(log, 'a')
  try {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) =>
        reject(new Error(`cannot start ${name}: ${error.message}`, { cause: error })),
      )
    })
    child.unref()
    const pid = child.pid ?? 0
    const startTicks = (await readProcess(pid))?.startTicks ?? 'gone'
    const record: DaemonRecord = { name, pid, startTicks, bootId: await readBootId(), command, log }
    await writeDocument(recordPath(name), record)
  } finally {
    await output.close()
  }
}

/** Whether the process that `startDaemon` started is alive. */
export const isDaemonAlive = async (name: string): Promise<boolean> => {
  const record = await readRecord(name)
  if (record === undefined || record.bootId !== (await readBootId())) return false
  return (await readProcess(record.pid))?.startTicks === record.startTicks
}

/** Lists all daemons that were started and not stopped, alive or not. */
export const listDaemons = async (): Promise<string[]> =>
  (await readdir(folder).catch(() => []))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))

const signalProcess = (pid: number, signal: 'SIGTERM' | 'SIGKILL'): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has already exited.
  }
}

/**
 * Sends SIGTERM to a daemon, waits up to `graceSeconds` (10), then kills its process group. Does nothing for an unknown
 * daemon or a reused process id.
 */
export const stopDaemon = async (name: string, options: { graceSeconds?: number } = {}): Promise<void> => {
  const record = await readRecord(name)
  if (record === undefined) return
  if (await isDaemonAlive(name)) signalProcess(record.pid, 'SIGTERM')
  const deadline = performance.now() + (options.graceSeconds ?? 10) * 1000
  while ((await isDaemonAlive(name)) && performance.now() < deadline) await sleep(50)
  for (let tries = 0; tries < 100; tries++) {
    const left = await findProcesses(record)
    if (left.length === 0) return rm(recordPath(name), { force: true })
    for (const pid of left) signalProcess(pid, 'SIGKILL')
    await sleep(50)
  }
  throw new Error(`cannot kill ${name} (process ${record.pid}); see its log: ${record.log}`)
}

/**
 * Stops a daemon and starts it again with the same command. The record does not hold its `env`, so pass it again.
 * @throws if it was never started
 */
export const restartDaemon = async (
  name: string,
  options: { graceSeconds?: number; env?: Record<string, string | undefined> } = {},
): Promise<void> => {
  const { graceSeconds, env } = options
  const record = await readRecord(name)
  if (record === undefined) throw new Error(`${name} cannot be restarted: it was never started`)
  await stopDaemon(name, graceSeconds === undefined ? {} : { graceSeconds })
  const { command, log } = record
  await startDaemon({ name, command, log, ...(env && { env }) })
}

/** Finds a free TCP port of the loopback interface. */
export const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })

/** Reads the last lines of a daemon's log, for error messages. */
export const readLogTail = async (name: string, lines = 20): Promise<string> => {
  const log = (await readRecord(name))?.log ?? join(state, 'logs', `${name}.log`)
  const text = await readFile(log, 'utf8').catch(() => '(no log)')
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

/**
 * Calls `probe` until its result is truthy, and returns the result. A probe that throws counts as not ready.
 * @throws after `timeoutSeconds`, or at once if `daemon` has exited, with the last error and the end of its log
 */
export const waitUntil = async <T>(
  what: string,
  probe: () => Promise<T>,
  timeoutSeconds: number,
  options: { daemon?: string } = {},
): Promise<NonNullable<T>> => {
  const { daemon } = options
  const deadline = performance.now() + timeoutSeconds * 1000
  let last = ''
  for (;;) {
    throwIfInterrupted()
    const ended = daemon !== undefined && !(await isDaemonAlive(daemon))
    try {
      const found = await probe()
      if (found) return found
    } catch (error) {
      last = `; last: ${error instanceof Error ? error.message : String(error)}`
    }
    if (ended || performance.now() > deadline) {
      const problem = ended ? `${daemon} ended` : `not within ${timeoutSeconds} s`
      const log = daemon === undefined ? '' : `\n--- end of ${daemon}'s log ---\n${await readLogTail(daemon)}`
      throw new Error(`waiting for ${what}: ${problem}${last}${log}`)
    }
    await sleep(100)
  }
}
