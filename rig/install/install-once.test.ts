import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { computeFingerprint, installOnce } from './install-once.ts'

let parent = ''
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'install-once-'))
})
afterEach(() => rm(parent, { recursive: true }))

const write = (text: string) => (into: string) => writeFile(join(into, 'file'), text)

describe('installOnce', () => {
  test('does nothing the second time', async () => {
    const folder = join(parent, 'a')
    expect(await installOnce(folder, 'v1', write('one'))).toBe(true)
    expect(await installOnce(folder, 'v1', write('two'))).toBe(false)
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('one')
  })

  test('replaces a folder that was made from other inputs', async () => {
    const folder = join(parent, 'a')
    await installOnce(folder, 'v1', write('one'))
    expect(await installOnce(folder, 'v2', write('two'))).toBe(true)
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('two')
  })

  test('never exposes an incomplete folder, and restarts from an empty one', async () => {
    const folder = join(parent, 'a')
    const fail = async (into: string) => {
      await writeFile(join(into, 'half'), '')
      throw new Error('killed')
    }
    await expect(installOnce(folder, 'v1', fail)).rejects.toThrow('killed')
    await expect(access(folder)).rejects.toThrow('ENOENT')
    await installOnce(folder, 'v1', write('one'))
    await expect(access(join(folder, 'half'))).rejects.toThrow('ENOENT')
  })

  test('keeps the previous installation if the new one fails', async () => {
    const folder = join(parent, 'a')
    await installOnce(folder, 'v1', write('one'))
    await expect(installOnce(folder, 'v2', () => Promise.reject(new Error('no network')))).rejects.toThrow(
      'network',
    )
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('one')
  })
})

test('a fingerprint depends on the boundaries between its parts', () => {
  expect(computeFingerprint('ab', 'c')).not.toBe(computeFingerprint('a', 'bc'))
})
