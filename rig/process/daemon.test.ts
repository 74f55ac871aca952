import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'

const cache = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR || '/tmp'}/daemon-test-${process.pid}`
  process.env.XDG_CACHE_HOME = folder
  return folder
})

const {
  isDaemonAlive: daemonAlive,
  findFreePort: freePort,
  listDaemons: knownDaemons,
  restartDaemon,
  startDaemon,
  stopDaemon,
  waitUntil,
} = await import('./daemon.ts')
const { listProcesses: processTable } = await import('./process-table.ts')
const { state } = await import('../paths.ts')

const record = (name: string) => join(state, 'daemons', `${name}.json`)
const pidOf = async (name: string): Promise<number> => JSON.parse(await readFile(record(name), 'utf8')).pid
const lives = async (pid: number) => (await processTable()).some((entry) => entry.pid === pid)

describe('daemons', () => {
  afterAll(async () => {
    for (const name of await knownDaemons()) await stopDaemon(name, { graceSeconds: 0 })
    await rm(cache, { recursive: true, force: true })
  })

  it('are known again, refuse to start twice, and end with all of their process group', async () => {
    const script = 'sleep 300 & echo up; wait'
    await startDaemon({ name: 'family', command: ['sh', '-c', script] })
    expect(await daemonAlive('family')).toBe(true)
    await expect(startDaemon({ name: 'family', command: ['true'] })).rejects.toThrow('family already runs')
    const pid = await pidOf('family')
    const group = async () => (await processTable()).filter((entry) => entry.group === pid).length
    await waitUntil('the child', async () => (await group()) === 2, 5)
    await stopDaemon('family', { graceSeconds: 1 })
    expect(await group()).toBe(0)
    expect(existsSync(record('family'))).toBe(false)
  })

  it('that ignore SIGTERM are killed when their grace is over', async () => {
    const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("deaf")'
    await startDaemon({ name: 'deaf', command: [process.execPath, '-e', script] })
    const heard = async () => (await readFile(join(state, 'logs/deaf.log'), 'utf8')).includes('deaf')
    await waitUntil('the trap', heard, 5, { daemon: 'deaf' })
    const pid = await pidOf('deaf')
    await stopDaemon('deaf', { graceSeconds: 0.2 })
    expect(await lives(pid)).toBe(false)
  })

  it('never take a stranger with the same number for themselves', async () => {
    await startDaemon({ name: 'stranger', command: ['sleep', '300'] })
    const pid = await pidOf('stranger')
    const written = JSON.parse(await readFile(record('stranger'), 'utf8'))
    await writeFile(record('stranger'), JSON.stringify({ ...written, startTicks: '1' }))
    expect(await daemonAlive('stranger')).toBe(false)
    await stopDaemon('stranger')
    expect(await lives(pid)).toBe(true)
    process.kill(pid, 'SIGKILL')
  })

  it('that are restarted are another process with the same command', async () => {
    await startDaemon({
      name: 'again',
      command: ['sh', '-c', 'echo $WORD; exec sleep 300'],
      env: { WORD: 'one' },
    })
    const log = () => readFile(join(state, 'logs/again.log'), 'utf8')
    await waitUntil('its word', async () => (await log()) === 'one\n', 5)
    const first = await pidOf('again')
    await restartDaemon('again', { graceSeconds: 0, env: { WORD: 'two' } })
    expect(await lives(first)).toBe(false)
    expect(await daemonAlive('again')).toBe(true)
    expect(await pidOf('again')).not.toBe(first)
    await waitUntil('its other word', async () => (await log()) === 'one\ntwo\n', 5)
    await expect(restartDaemon('never')).rejects.toThrow('never cannot be restarted')
  })

  it('that left children behind are cleared of them, though they themselves are dead', async () => {
    await startDaemon({ name: 'orphan', command: ['sh', '-c', 'sleep 301 & exit 0'] })
    const pid = await pidOf('orphan')
    await waitUntil('its end', async () => !(await daemonAlive('orphan')), 5)
    await stopDaemon('orphan')
    expect((await processTable()).filter((entry) => entry.group === pid)).toEqual([])
  })

  it('say in the error of a wait what they wrote, and at once when they have ended', async () => {
    await startDaemon({ name: 'broken', command: ['sh', '-c', 'echo no such database; exit 1'] })
    const began = performance.now()
    const refuse = () => Promise.reject(new Error('connection refused'))
    const waiting = waitUntil('the database', refuse, 30, { daemon: 'broken' })
    await expect(waiting).rejects.toThrow(
      /waiting for the database: broken ended; last: connection refused\n.*\nno such database/,
    )
    expect(performance.now() - began).toBeLessThan(5000)
    await stopDaemon('broken')
  })

  it('that cannot be started are named', async () => {
    const command = [join(tmpdir(), 'no-such-program')]
    await expect(startDaemon({ name: 'absent', command })).rejects.toThrow(/cannot start absent: .*ENOENT/)
  })
})

describe('waiting', () => {
  it('gives what the probe gives, and says how long it waited in vain', async () => {
    expect(await waitUntil('it', async () => 7, 1)).toBe(7)
    await expect(waitUntil('a miracle', async () => false, 0.2)).rejects.toThrow(
      'waiting for a miracle: not within 0.2 s',
    )
  })

  it('finds a port that can be listened on', async () => {
    expect(await freePort()).toBeGreaterThan(1023)
  })
})
