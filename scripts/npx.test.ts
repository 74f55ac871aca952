import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkoutPath } from './checkout.ts'

test('npx runs a command of the clone from another folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'npx-'))
  try {
    // A cache of its own: npx keeps a link to the clone there.
    const env = { ...process.env, npm_config_cache: join(folder, 'cache') }
    const options = { cwd: folder, env, encoding: 'utf8' } as const
    const help = execFileSync('npx', ['--yes', checkoutPath('.'), 'init', '--help'], options)
    expect(help).toMatch(/--script PATH/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.each([[[]], [['deploy']]])('without a known command: how to call it (%j)', (args) => {
  const { status, stderr } = spawnSync(process.execPath, [checkoutPath('scripts/npx.mjs'), ...args], {
    encoding: 'utf8',
  })
  expect(status).toBe(2)
  expect(stderr).toMatch(/usage: npx .* try\|init\|rig\|demo/)
})
