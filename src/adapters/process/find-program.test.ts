import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findProgram } from './find-program.ts'

test('the first executable file of the PATH', () => {
  const root = mkdtempSync(join(tmpdir(), 'path-'))
  const folders = ['folder', 'plain', 'first', 'second'].map((name) => join(root, name))
  for (const folder of folders) mkdirSync(folder)
  const [folder = '', plain = '', first = '', second = ''] = folders
  mkdirSync(join(folder, 'tool'))
  writeFileSync(join(plain, 'tool'), '', { mode: 0o644 })
  for (const each of [first, second]) writeFileSync(join(each, 'tool'), '', { mode: 0o755 })
  expect(findProgram('tool', ['', ...folders].join(':'))).toBe(join(first, 'tool'))
  expect(findProgram('tool', [folder, plain].join(':'))).toBeUndefined()
  expect(findProgram('tool', undefined)).toBeUndefined()
})
