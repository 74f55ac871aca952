import { expect, test } from 'vitest'
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
  const script =
    'process.on("SIGTERM", () => { console.log("bye"); process.exit(7) }); setInterval(() => {}, 1000); console.log("up")'
  setTimeout(() => cancel.abort(), 700)
  expect(await node(script, { cancelled: cancel.signal })).toEqual({
    code: 7,
    stdout: 'up\nbye\n',
    stderr: '',
    ended: 'cancelled',
  })
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
