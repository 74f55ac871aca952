import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkoutPath } from '../checkout.ts'
import { findReplacedWords, parseGlossary } from './glossary.ts'

const glossary = parseGlossary(`
| term | what it means here | whose term | words not to use |
|---|---|---|---|
| lease | A lock. | Kubernetes | |
| fail-fast condition | Ends a wait. | this suite | doom, dooms |
| rollback | Back to an earlier revision. | Helm | way back |

| words | files | why |
|---|---|---|
| doom | \`examples/**\` | The name of a game. |
`)

test.each([
  ['// A doom ends the wait', 'doom'],
  ['const beliefInDoom = 1', 'doom'],
  ['the DOOMS of pods', 'dooms'],
  ['findWayBack(release)', 'way back'],
  ['find-way-back.ts', 'way back'],
  ['way_back: true', 'way back'],
])('reports %j, because of %j', (text, word) => {
  expect(findReplacedWords(glossary, 'src/a.ts', `first line\n${text}`)).toEqual([
    expect.stringMatching(new RegExp(`^src/a\\.ts:2: "${word}": use the term`)),
  ])
})

test.each(['doomsday', 'the lease', 'a way, back to the start', 'freeway back'])('accepts %j', (text) => {
  expect(findReplacedWords(glossary, 'src/a.ts', text)).toEqual([])
})

test('reports the term to use, and each word once per line', () => {
  expect(findReplacedWords(glossary, 'a.md', 'doom, doom and a way back')).toEqual([
    'a.md:1: "doom": use the term "fail-fast condition"',
    'a.md:1: "way back": use the term "rollback"',
  ])
})

test('an exception allows its words in its files only', () => {
  expect(findReplacedWords(glossary, 'examples/game/a.md', 'doom')).toEqual([])
  expect(findReplacedWords(glossary, 'examples/game/a.md', 'dooms')).toHaveLength(1)
  expect(findReplacedWords(glossary, 'docs/a.md', 'doom')).toHaveLength(1)
})

test('the glossary has a meaning and an origin for each term, and replaces each word once', () => {
  const markdown = readFileSync(checkoutPath('docs/glossary.md'), 'utf8')
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'))
  for (const row of rows) {
    const cells = row.split('|').slice(1, -1)
    expect([3, 4], row).toContain(cells.length)
    for (const cell of cells.slice(0, 3)) expect(cell.trim(), row).not.toBe('')
  }
  const words = rows.flatMap((row) => row.split('|')[4]?.split(',') ?? []).map((word) => word.trim())
  const replaced = words.filter((word) => word !== '' && !/^-+$|^words not to use$/.test(word))
  expect(replaced.length).toBeGreaterThan(100)
  expect(new Set(replaced).size).toBe(replaced.length)
})
