import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runTool } from './run-tool.ts'

const env = process.env
const node = (script: string, options: Partial<Parameters<typeof runTool>[2]> = {}) =>
  runTool(process.execPath, ['-e', script], { env, timeout: 20_000, ...options })

test('gives code, both streams, and reads its input', async () => {
  const script = 'process.stdin.pipe(process.stdout); console.error("oh"); process.exitCode = 3'
  expect(await node(script, { stdin: 'hello' })).toEqual({
    code: 3,
    stdout: 'hello',
    stderr: 'oh\n',
    ended: 'by itself',
  })
})

test('arguments meet no shell', async () => {
  const odd = '$(id) `id` "; exit 1 # \n *'
  const result = await runTool(process.execPath, ['-e', 'process.stdout.write(process.argv[1])', odd], {
    env,
    timeout: 20_000,
  })
  expect(result.stdout).toBe(odd)
})

test('a tool that hangs is ended', async () => {
  const result = await node('setInterval(() => {}, 1000)', { timeout: 500 })
  expect(result).toMatchObject({ code: undefined, ended: 'timeout' })
})

test('a cancelled job reaches the tool as SIGTERM, which it may answer', async () => {
  const cancel = new AbortController()
  const up = join(mkdtempSync(join(tmpdir(), 'run-tool-')), 'up')
  const script = `
    process.on("SIGTERM", () => { console.log("bye"); process.exit(7) })
    setInterval(() => {}, 1000)
    console.log("up")
    require("node:fs").writeFileSync(${JSON.stringify(up)}, "")`
  const result = node(script, { cancelled: cancel.signal })
  await vi.waitUntil(() => existsSync(up), { timeout: 15_000 })
  cancel.abort()
  expect(await result).toEqual({
    code: 7,
    stdout: 'up\nbye\n',
    stderr: '',
    ended: 'cancelled',
  })
})

test('what a tool leaves in the background, with its pipes, holds nobody up', async () => {
  // The one left behind would hold them for longer than the test may take.
  const script = `
    const { spawn } = require("node:child_process")
    const left = spawn("sleep", ["60"], { stdio: "inherit", detached: true })
    process.stdout.write(String(left.pid), () => process.exit(4))`
  const result = await node(script)
  process.kill(Number(result.stdout))
  expect(result).toMatchObject({ code: 4, ended: 'by itself' })
})

test('a tool that says too much is ended, and its errors are kept to their end', async () => {
  const flood = await node(
    'const line = "x".repeat(1 << 20); const more = () => process.stdout.write(line, more); more()',
  )
  expect(flood.ended).toBe('too much output')
  expect(flood.stdout.length).toBeLessThanOrEqual(64 * 1024 * 1024)
  const errors = await node('process.stderr.write("x".repeat(1 << 20) + "the end")')
  expect(errors.stderr.length).toBe(64 * 1024)
  expect(errors.stderr).toMatch(/the end$/)
})

test('a program that is not there is said so', async () => {
  await expect(runTool('no-such-program', [], { env, timeout: 1000 })).rejects.toMatchObject({
    code: 'ENOENT',
  })
})
