import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { LeaseLostError } from '../../domain/release/lease.ts'
import { runTool } from './run-tool.ts'

const env = process.env
const node = (script: string, options: Partial<Parameters<typeof runTool>[2]> = {}) =>
  runTool(process.execPath, ['-e', script], { env, timeoutMs: 20_000, ...options })

test('returns the exit code and both streams, and passes the input', async () => {
  const script = 'process.stdin.pipe(process.stdout); console.error("oh"); process.exitCode = 3'
  expect(await node(script, { stdin: 'hello' })).toEqual({
    code: 3,
    stdout: 'hello',
    stderr: 'oh\n',
    termination: 'exited',
  })
})

test('arguments are not read by a shell', async () => {
  const odd = '$(id) `id` "; exit 1 # \n *'
  const result = await runTool(process.execPath, ['-e', 'process.stdout.write(process.argv[1])', odd], {
    env,
    timeoutMs: 20_000,
  })
  expect(result.stdout).toBe(odd)
})

test('a tool that hangs is terminated', async () => {
  const result = await node('setInterval(() => {}, 1000)', { timeoutMs: 500 })
  expect(result).toMatchObject({ code: undefined, termination: 'timeout' })
})

test('a cancelled job sends SIGTERM, which the tool may handle', async () => {
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
    termination: 'cancelled',
  })
})

test('a background process that holds the pipes does not delay the result', async () => {
  // It would hold the pipes for longer than the timeout of the test.
  const script = `
    const { spawn } = require("node:child_process")
    const left = spawn("sleep", ["60"], { stdio: "inherit", detached: true })
    process.stdout.write(String(left.pid), () => process.exit(4))`
  const result = await node(script)
  process.kill(Number(result.stdout))
  expect(result).toMatchObject({ code: 4, termination: 'exited' })
})

test('a tool with too much output is terminated, and the end of stderr is kept', async () => {
  const flood = await node(
    'const line = "x".repeat(1 << 20); const more = () => process.stdout.write(line, more); more()',
  )
  expect(flood.termination).toBe('output-limit')
  expect(flood.stdout.length).toBeLessThanOrEqual(64 * 1024 * 1024)
  const errors = await node('process.stderr.write("x".repeat(1 << 20) + "the end")')
  expect(errors.stderr.length).toBe(64 * 1024)
  expect(errors.stderr).toMatch(/the end$/)
})

test('a missing program rejects with ENOENT', async () => {
  await expect(runTool('no-such-program', [], { env, timeoutMs: 1000 })).rejects.toMatchObject({
    code: 'ENOENT',
  })
})

test('a lost lease kills a running tool at once, and starts no other', async () => {
  const cancel = new AbortController()
  const lost = new LeaseLostError('lost')
  const up = join(mkdtempSync(join(tmpdir(), 'run-tool-')), 'up')
  const script = `
    process.on("SIGTERM", () => {})
    setInterval(() => {}, 1000)
    require("node:fs").writeFileSync(${JSON.stringify(up)}, "")`
  const result = node(script, { cancelled: cancel.signal })
  await vi.waitUntil(() => existsSync(up), { timeout: 10_000 })
  const lostAt = Date.now()
  cancel.abort(lost)
  expect(await result).toMatchObject({ code: undefined, termination: 'cancelled' })
  // Not after the 5 s that a cancelled tool has.
  expect(Date.now() - lostAt).toBeLessThan(4500)
  await expect(node('', { cancelled: cancel.signal })).rejects.toBe(lost)
})
