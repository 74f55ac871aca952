import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { renderDiff } from './unified-diff.ts'

const folder = mkdtempSync(join(tmpdir(), 'diff-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('git applies the patch of any two texts', () => {
  execFileSync('git', ['init', '--quiet', folder])
  const text = fc
    .array(fc.constantFrom('a\n', 'b\n', '{{- end }}\n', '\n', '  c\n'), { minLength: 1, maxLength: 30 })
    .map((lines) => lines.join(''))
  fc.assert(
    fc.property(text, text, fc.boolean(), (before, after, hasLastBreak) => {
      const target = hasLastBreak ? after : `${after}last`
      const path = 'my chart/values.yaml'
      execFileSync('mkdir', ['-p', join(folder, 'my chart')])
      writeFileSync(join(folder, path), before)
      const patch = renderDiff(path, before, target)
      if (patch !== '')
        execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: folder, input: patch })
      expect(readFileSync(join(folder, path), 'utf8')).toBe(target)
    }),
    { numRuns: 40 },
  )
})

test('equal texts have no diff; a new file comes from /dev/null', () => {
  expect(renderDiff('a', 'x\n', 'x\n')).toBe('')
  expect(renderDiff('a', '', 'x\n')).toBe('--- /dev/null\n+++ b/a\n@@ -0,0 +1,1 @@\n+x\n')
})
