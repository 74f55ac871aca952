import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'

const cache = vi.hoisted(() => {
  const folder = `${process.env.TMPDIR || '/tmp'}/lock-test-${process.pid}`
  process.env.XDG_CACHE_HOME = folder
  return folder
})

const { withLock } = await import('./lock.ts')
const { repository } = await import('../paths.ts')
const { tools } = await import('../tools/index.ts')

const holders: ChildProcess[] = []
const startHolder = () => {
  const script = `
    const { withLock } = await import(${JSON.stringify(join(repository, 'rig/process/lock.ts'))})
    await withLock('up', () => { console.log('held'); return new Promise((resolve) => process.stdin.once('data', resolve)) })
    process.exit(0)`
  const child = spawn(tools.node, ['--input-type=module', '--eval', script])
  holders.push(child)
  return child
}

describe('withLock', () => {
  afterAll(async () => {
    for (const child of holders) child.kill('SIGKILL')
    await rm(cache, { recursive: true, force: true })
  })

  it('makes a second process wait, and reports the holder', async () => {
    const consoleError = vi.spyOn(console, 'error').mockImplementation(() => {})
    const first = startHolder()
    await once(first.stdout, 'data')
    let secondRan = false
    const waiting = withLock('down', async () => {
      secondRan = true
    })
    await vi.waitFor(() =>
      expect(consoleError).toHaveBeenCalledWith(
        `waiting for process ${first.pid} (up) to finish with the rig`,
      ),
    )
    expect(secondRan).toBe(false)
    first.stdin.write('go\n')
    await waiting
    expect(secondRan).toBe(true)
  })

  it('frees the lock of a killed process at once', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const first = startHolder()
    await once(first.stdout, 'data')
    first.kill('SIGKILL')
    expect(await withLock('up', async () => 'mine')).toBe('mine')
  })

  it('releases the lock if the work fails', async () => {
    await expect(withLock('up', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await withLock('up', async () => 'again')).toBe('again')
  })

  it('runs one of many callers at a time', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    let inside = 0
    const enter = () =>
      withLock('up', async () => {
        inside++
        await new Promise((resolve) => setTimeout(resolve, 5))
        const seen = inside
        inside--
        return seen
      })
    expect(await Promise.all([enter(), enter(), enter(), enter(), enter()])).toEqual([1, 1, 1, 1, 1])
  })
})
