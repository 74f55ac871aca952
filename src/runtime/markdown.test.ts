import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  escapeIssueMarkdown,
  escapeMarkdown,
  formatCodeBlock,
  formatError,
  formatTable,
  truncateSummary,
} from './markdown.ts'

test('escapeMarkdown returns one line without markup', () => {
  expect(escapeMarkdown('a | b\n# c <b>@ada</b>')).toBe('a &#124; b &#35; c &#60;b&#62;&#64;ada&#60;/b&#62;')
  expect(escapeMarkdown('x'.repeat(400))).toHaveLength(300)
})

test('text cannot break out of a table cell', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const cell = escapeMarkdown(value)
      expect(cell).not.toMatch(/[|<>`\n\r[\]]/)
      expect(formatTable(['a'], [[cell]]).split('\n')).toHaveLength(3)
    }),
  )
})

test('text of an issue notifies no user and links nowhere', () => {
  const read = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
  const shown = read(
    escapeIssueMarkdown('@ada and shop/digits#3, see GH-4 or https://github.com/a/b/issues/1'),
  )
  expect(shown).not.toMatch(/@[a-z]|#\d|GH-\d|:\/\/[a-z]/i)
  expect(shown.replaceAll('\u200b', '')).toBe(
    '@ada and shop/digits#3, see GH-4 or https://github.com/a/b/issues/1',
  )
})

test('text cannot break out of a code block', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('`', '```', '````text', '\n', 'x', '\u001b[31m')), (parts) => {
      const lines = formatCodeBlock(parts.join('')).split('\n')
      const fence = lines.at(-1) ?? ''
      expect(lines[0]).toBe(`${fence}text`)
      expect(lines.slice(1, -1).some((line) => line.includes(fence))).toBe(false)
      expect(lines.join('')).not.toContain('\u001b')
    }),
  )
})

test('an error is an alert that shows each line as text', () => {
  expect(formatError('Input a: <b>\n# x')).toBe('> [!CAUTION]\n> Input a&#58; &#60;b&#62;\n>\n> &#35; x')
})

test('a summary above the limit is truncated', () => {
  const cut = truncateSummary('ä'.repeat(1024 * 1024))
  expect(Buffer.byteLength(cut)).toBeLessThan(1024 * 1024)
  expect(cut).toMatch(/ä\n\n\(Truncated/)
  expect(truncateSummary('short')).toBe('short')
})
