import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandFor, withScriptFile } from './script-file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'script-file-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a shell is called', () => {
  it.each([
    ['bash', 'bash --noprofile --norc -eo pipefail /t/f'],
    ['sh', 'sh -e /t/f'],
    ['python', 'python /t/f'],
    ['bash -el {0}', 'bash -el /t/f'],
    [' conda  run -n x python {0} --flag={0}', 'conda run -n x python /t/f --flag=/t/f'],
  ])('%s', (shell, words) => {
    const { program, args } = commandFor(shell, '/t/f')
    expect([program, ...args].join(' ')).toBe(words)
  })

  it('with the file as one argument, whatever its name', () => {
    expect(commandFor('sh', '/my folder/$(x)').args).toEqual(['-e', '/my folder/$(x)'])
  })
})

it('the file of a script is ours alone, and goes when it is done', async () => {
  const seen = await withScriptFile(folder, 'echo 1\r\necho 2', 'bash', async ({ args }) => {
    const file = args.at(-1) as string
    return { mode: (await stat(file)).mode & 0o777, text: await readFile(file, 'utf8'), file }
  })
  expect(seen).toMatchObject({ mode: 0o700, text: 'echo 1\necho 2\n' })
  expect(seen.file).toMatch(/\.sh$/)
  const failing = withScriptFile(folder, 'x', 'python', () => Promise.reject(new Error('in use')))
  await expect(failing).rejects.toThrow('in use')
  expect(await readdir(folder)).toEqual([])
})
