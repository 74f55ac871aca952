import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCommand, withScriptFile } from './run-script.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'script-file-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the command of a shell', () => {
  it.each([
    ['bash', 'bash --noprofile --norc -eo pipefail /t/f'],
    ['sh', 'sh -e /t/f'],
    ['python', 'python /t/f'],
    ['bash -el {0}', 'bash -el /t/f'],
    [' conda  run -n x python {0} --flag={0}', 'conda run -n x python /t/f --flag=/t/f'],
  ])('%s', (shell, words) => {
    const { program, args } = buildCommand(shell, '/t/f')
    expect([program, ...args].join(' ')).toBe(words)
  })

  it('has the file as one argument, whatever its name', () => {
    expect(buildCommand('sh', '/my folder/$(x)').args).toEqual(['-e', '/my folder/$(x)'])
  })
})

it('only we can read the file of a script, and it is deleted afterwards', async () => {
  const script = await withScriptFile(folder, 'echo 1\r\necho 2', 'bash', async ({ args }) => {
    const file = args.at(-1) as string
    return { mode: (await stat(file)).mode & 0o777, text: await readFile(file, 'utf8'), file }
  })
  expect(script).toMatchObject({ mode: 0o700, text: 'echo 1\necho 2\n' })
  expect(script.file).toMatch(/\.sh$/)
  const failing = withScriptFile(folder, 'x', 'python', () => Promise.reject(new Error('in use')))
  await expect(failing).rejects.toThrow('in use')
  expect(await readdir(folder)).toEqual([])
})
