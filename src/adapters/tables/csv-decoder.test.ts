import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Cell } from '../../domain/table/cells.ts'
import { createTextDecoder } from './csv-decoder.ts'
import { readTable } from './read-table.ts'

const folder = mkdtempSync(join(tmpdir(), 'csv-decoder-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function readLabels(content: string | Uint8Array): Promise<Cell[]> {
  const path = join(folder, 'table')
  writeFileSync(path, content)
  const labels: Cell[] = []
  const add = (cell: Cell) => labels.push(cell)
  const column = { invalidCells: undefined, retainsText: true, add }
  await readTable({ path, label: 'the table' }, () => [{ name: 'label', column }])
  return labels
}

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const NOT_UTF8 = 'is not UTF-8. Save the file in UTF-8 (in Excel: "CSV UTF-8").'

describe('a CSV', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['a label in Windows-1252', latin1('id,label\n1,refus\xe9\n2,b\n'), `line 2 ${NOT_UTF8}`],
    ['a column name in Windows-1252', latin1('id,label,pr\xe9nom\n1,a,b\n'), `line 1 ${NOT_UTF8}`],
    ['another column in Latin-1', latin1('label,name\r\na,b\r\nc,M\xfcller\r\n'), `line 3 ${NOT_UTF8}`],
    ['a character cut off at the end', latin1('label\na\n\xc3'), `line 3 ${NOT_UTF8}`],
    ['an overlong encoding', latin1('label\na\n\xc0\xaf\n'), `line 3 ${NOT_UTF8}`],
    ['a bad byte in a quoted line break', latin1('label\n"a\nb\xff"\n'), `line 3 ${NOT_UTF8}`],
    [
      'a bad byte in a later chunk',
      Buffer.concat([Buffer.from(`label\n${'é\n'.repeat(60_000)}`), latin1('refus\xe9\n')]),
      `line 60002 ${NOT_UTF8}`,
    ],
    ['a NUL', 'label\na\nb\0c\n', 'line 3 has a NUL character. Write the file again, as UTF-8 text.'],
    ['a NUL in another column', 'label,x\na,\0\n', 'line 2 has a NUL character.'],
    [
      'a carriage return',
      'id,label\n1,a\n2,b\rc\n',
      'line 3 has a carriage return (\\r) in column "label". Write the file with \\n.',
    ],
    ['a quoted carriage return', 'label\n"a\rb"\n', 'line 2 has a carriage return'],
    ['three of them before \\n', 'label\na\n\r\r\r\nb\n', 'line 3 has a carriage return'],
    [
      'line breaks of an old Mac and of Linux',
      'id,label\r1,a\r2,b\n3,c\r',
      'line 3 mixes the line breaks \\r and \\n. Write the file with \\n.',
    ],
  ])('is refused with %s', async (_, content, message) => {
    await expect(readLabels(content)).rejects.toThrow(`the table: ${message}`)
  })

  it('keeps accents, other scripts and invisible characters', async () => {
    const labels = ['refusé', '拒绝', '👍🏽', 'می\u200cروم', '\uFEFFx']
    expect(await readLabels(`label\n${labels.join('\n')}\n`)).toEqual(labels)
  })

  it('refuses the replacement character, with its line and column', async () => {
    await expect(readLabels('label\nno\nrefus\uFFFD\n')).rejects.toThrow(
      'the table: line 3 has the character U+FFFD in column "label", which stands for damaged text. Write the file again, as UTF-8 text.',
    )
  })
})

describe('createTextDecoder', () => {
  const decodeChunks = (bytes: Buffer, ends: number[]) => {
    const decoder = createTextDecoder((_, problem) => {
      throw new Error(problem)
    })
    let [text, start] = ['', 0]
    for (const end of [
      ...ends.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b),
      bytes.length,
    ]) {
      text += decoder.decode(bytes.subarray(start, end))
      start = end
    }
    return text + decoder.decode(Buffer.alloc(0), true)
  }
  const ends = fc.array(fc.nat(), { maxLength: 8 })

  it('decodes the same text wherever the chunks end', () => {
    const parts = fc.array(fc.constantFrom('a', 'é', '拒', '👍', '\n', '\r\n', '\r\r\n', ','), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(parts, ends, (some, at) => {
        const text = `head\n${some.join('')}`
        expect(decodeChunks(Buffer.from(text), at)).toBe(text.replace(/\r{1,2}\n/g, '\n'))
      }),
    )
  })

  it('refuses invalid bytes wherever the chunks end', () => {
    const invalid = fc.constantFrom('\xe9', '\xff', '\xed\xa0\x80', '\xf5\x80\x80\x80', '\x80', '\xe6\x8b')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), invalid, ends, (text, wrong, at) => {
        const bytes = Buffer.concat([Buffer.from(`${text}\n`), latin1(wrong), Buffer.from('\n')])
        expect(() => decodeChunks(bytes, at)).toThrow('is not UTF-8')
      }),
    )
  })
})
