import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isNewEnough } from './install/go.ts'
import { repository } from './paths.ts'
import { tools } from './tools/index.ts'

describe('preflight', () => {
  it('reports all missing requirements at once, one line each with a hint, and changes nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'preflight-'))
    const cache = join(folder, 'cache')
    const { status, stdout, stderr } = spawnSync(tools.node, [join(repository, 'rig/main.ts'), 'up'], {
      env: { PATH: folder, HOME: folder, XDG_CACHE_HOME: cache },
      encoding: 'utf8',
    })
    const lines = stderr.trim().split('\n')
    expect(lines[0]).toBe('The rig cannot start on this machine:')
    for (const [requirement = '', hint = ''] of [
      ['Python 3.11 or newer', 'apt-get install python3-venv python3-pip'],
      ['apt-get is missing', 'Debian or Ubuntu'],
      ['dpkg is missing', 'Debian or Ubuntu'],
      ['git is missing', 'apt-get install git'],
      ['wget is missing', 'apt-get install wget'],
    ]) {
      expect(lines.filter((line) => line.includes(requirement) && line.includes(hint))).toHaveLength(1)
    }
    const asRoot = process.getuid?.() === 0
    expect(lines.filter((line) => line.includes('needs root'))).toHaveLength(asRoot ? 0 : 1)
    expect(lines).toHaveLength(asRoot ? 6 : 7)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(existsSync(cache)).toBe(false)
    await rm(folder, { recursive: true })
  }, 20_000)

  it.each([
    ['go version go1.26.0 linux/amd64', true],
    ['go version go1.27.3 linux/arm64', true],
    ['go version go2.0 linux/amd64', true],
    ['go version go1.25.9 linux/amd64', false],
    ['go version go1.9 linux/amd64', false],
    ['', false],
  ])('"%s" is new enough: %s', (version, enough) => expect(isNewEnough(version)).toBe(enough))
})
