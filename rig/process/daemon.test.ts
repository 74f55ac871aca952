import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, test, vi } from 'vitest'

const cache = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR || '/tmp'}/daemon-test-${process.pid}`
  process.env.XDG_CACHE_HOME = folder
  return folder
})

const { isDaemonAlive, findFreePort, listDaemons, restartDaemon, startDaemon, stopDaemon, waitUntil } =
  await import('./daemon.ts')
const { listProcesses } = await import('./process-table.ts')
const { state } = await import('../paths.ts')

const recordPath = (name: string) => join(state, 'daemons', `${name}.json`)
const readPid = async (name: string): Promise<number> =>
  JSON.parse(await readFile(recordPath(name), 'utf8')).pid
const isAlive = async (pid: number) => (await listProcesses()).some((entry) => entry.pid === pid)

describe('daemons', () => {
  afterAll(async () => {
    for (const name of await listDaemons()) await stopDaemon(name, { graceSeconds: 0 })
    await rm(cache, { recursive: true, force: true })
  })

  it('survive as records, do not start twice, and stop with their whole process group', async () => {
    const script = 'sleep 300 & echo up; wait'
    await startDaemon({ name: 'shell', command: ['sh', '-c', script] })
    expect(await isDaemonAlive('shell')).toBe(true)
    await expect(startDaemon({ name: 'shell', command: ['true'] })).rejects.toThrow('shell already runs')
    const pid = await readPid('shell')
    const group = async () => (await listProcesses()).filter((entry) => entry.group === pid).length
    await waitUntil('the child', async () => (await group()) === 2, 5)
    await stopDaemon('shell', { graceSeconds: 1 })
    expect(await group()).toBe(0)
    expect(existsSync(recordPath('shell'))).toBe(false)
  })

  it('that ignore SIGTERM are killed after the grace period', async () => {
    const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("deaf")'
    await startDaemon({ name: 'deaf', command: [process.execPath, '-e', script] })
    const hasStarted = async () => (await readFile(join(state, 'logs/deaf.log'), 'utf8')).includes('deaf')
    await waitUntil('the signal handler', hasStarted, 5, { daemon: 'deaf' })
    const pid = await readPid('deaf')
    await stopDaemon('deaf', { graceSeconds: 0.2 })
    expect(await isAlive(pid)).toBe(false)
  })

  it('do not match another process that reused the process id', async () => {
    await startDaemon({ name: 'reused', command: ['sleep', '300'] })
    const pid = await readPid('reused')
    const written = JSON.parse(await readFile(recordPath('reused'), 'utf8'))
    await writeFile(recordPath('reused'), JSON.stringify({ ...written, startTicks: '1' }))
    expect(await isDaemonAlive('reused')).toBe(false)
    await stopDaemon('reused')
    expect(await isAlive(pid)).toBe(true)
    process.kill(pid, 'SIGKILL')
  })

  it('restart as a new process with the same command', async () => {
    await startDaemon({
      name: 'again',
      command: ['sh', '-c', 'echo $WORD; exec sleep 300'],
      env: { WORD: 'one' },
    })
    const log = () => readFile(join(state, 'logs/again.log'), 'utf8')
    await waitUntil('its output', async () => (await log()) === 'one\n', 5)
    const firstPid = await readPid('again')
    await restartDaemon('again', { graceSeconds: 0, env: { WORD: 'two' } })
    expect(await isAlive(firstPid)).toBe(false)
    expect(await isDaemonAlive('again')).toBe(true)
    expect(await readPid('again')).not.toBe(firstPid)
    await waitUntil('its second output', async () => (await log()) === 'one\ntwo\n', 5)
    await expect(restartDaemon('never')).rejects.toThrow('never cannot be restarted')
  })

  it('that have exited are stopped with the child processes that they left behind', async () => {
    await startDaemon({ name: 'orphan', command: ['sh', '-c', 'sleep 301 & exit 0'] })
    const pid = await readPid('orphan')
    await waitUntil('its end', async () => !(await isDaemonAlive('orphan')), 5)
    await stopDaemon('orphan')
    expect((await listProcesses()).filter((entry) => entry.group === pid)).toEqual([])
  })

  it('that exit end a wait at once, with their log in the error', async () => {
    await startDaemon({ name: 'broken', command: ['sh', '-c', 'echo no such database; exit 1'] })
    const startedAt = performance.now()
    const fail = () => Promise.reject(new Error('connection refused'))
    const waiting = waitUntil('the database', fail, 30, { daemon: 'broken' })
    await expect(waiting).rejects.toThrow(
      /waiting for the database: broken ended; last: connection refused\n.*\nno such database/,
    )
    expect(performance.now() - startedAt).toBeLessThan(5000)
    await stopDaemon('broken')
  })

  it('that cannot start are named in the error', async () => {
    const command = [join(tmpdir(), 'no-such-program')]
    await expect(startDaemon({ name: 'absent', command })).rejects.toThrow(/cannot start absent: .*ENOENT/)
  })
})

describe('waitUntil', () => {
  it('returns the result of the probe, and reports the timeout', async () => {
    expect(await waitUntil('it', async () => 7, 1)).toBe(7)
    await expect(waitUntil('a miracle', async () => false, 0.2)).rejects.toThrow(
      'waiting for a miracle: not within 0.2 s',
    )
  })
})

test('findFreePort returns an unprivileged port', async () => {
  expect(await findFreePort()).toBeGreaterThan(1023)
})
