import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProgramError, writePostRenderer } from './post-renderer.ts'

test('the plugin runs a program whose path has quotes, blanks and what a shell expands', () => {
  const folder = mkdtempSync(join(tmpdir(), "it's $(false) here-"))
  const program = join(folder, 'render.sh')
  writeFileSync(program, '#!/bin/sh\necho rendered\n', { mode: 0o755 })
  const { plugin, pluginsFolder } = writePostRenderer(program, folder)
  expect(execFileSync(join(pluginsFolder, plugin, 'run'), { encoding: 'utf8' })).toBe('rendered\n')
})

test('the error that the program prints replaces that of the plugin', () => {
  const folder = mkdtempSync(join(tmpdir(), "it's here-"))
  const program = join(folder, 'render.sh')
  writeFileSync(program, '#!/bin/sh\necho "no patch.yaml" >&2; exit 3\n', { mode: 0o755 })
  const renderer = writePostRenderer(program, folder)
  expect(spawnSync(join(renderer.pluginsFolder, renderer.plugin, 'run')).status).toBe(3)
  const stderr =
    'Error: error while running post render on files: failed to invoke post-renderer plugin "post-renderer": plugin "post-renderer" exited with error\n'
  expect(addProgramError(stderr, renderer)).toContain(
    `error while running command ${program}. error output:\nno patch.yaml\n`,
  )
  expect(addProgramError('Error: other\n', renderer)).toBe('Error: other\n')
})
