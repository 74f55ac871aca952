import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writePostRenderer } from './post-renderer.ts'

test('the plugin runs a program whose path has quotes, blanks and what a shell expands', () => {
  const folder = mkdtempSync(join(tmpdir(), "it's $(false) here-"))
  const program = join(folder, 'render.sh')
  writeFileSync(program, '#!/bin/sh\necho rendered\n', { mode: 0o755 })
  const { plugin, pluginsFolder } = writePostRenderer(program, folder)
  expect(execFileSync(join(pluginsFolder, plugin, 'run'), { encoding: 'utf8' })).toBe('rendered\n')
})
