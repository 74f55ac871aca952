import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { matchesGlob } from 'node:path'
import { checkoutPath } from '../checkout.ts'

const GLOSSARY = 'docs/glossary.md'
const CHECKED_FILES = /\.(ts|mjs|py|md|ya?ml|json|tpl|sh)$/
const UNCHECKED_FILES =
  /^(dist\/|bench\/.*\.json$|docs\/glossary\.md$|scripts\/check\/glossary\.test\.ts$|CHANGELOG\.md$|package-lock\.json$)/

export interface Glossary {
  /** The term to use, by the replaced word or phrase in lower case. */
  replacements: ReadonlyMap<string, string>
  exceptions: readonly { words: readonly string[]; files: string }[]
}

/** Reads the tables of the glossary. Rows with four columns define terms, rows with three allow exceptions. */
export function parseGlossary(markdown: string): Glossary {
  const rows = markdown
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[-|]+$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
  const terms = rows.filter((cells) => cells.length === 4 && cells[0] !== 'term')
  const exceptions = rows.filter((cells) => cells.length === 3 && cells[0] !== 'words')
  return {
    replacements: new Map(
      terms.flatMap(([term = '', , , words = '']) => parseWords(words).map((word) => [word, term] as const)),
    ),
    exceptions: exceptions.map(([words = '', files = '']) => ({
      words: parseWords(words),
      files: files.replaceAll('`', ''),
    })),
  }
}

function parseWords(cell: string): string[] {
  return cell
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '')
}

/** Lists words that the glossary replaces, as "file:line: ...". Splits identifiers into words. */
export function findReplacedWords(glossary: Glossary, file: string, text: string): string[] {
  const words = [...glossary.replacements.keys()].filter(
    (word) =>
      !glossary.exceptions.some(
        (exception) => exception.words.includes(word) && matchesGlob(file, exception.files),
      ),
  )
  if (words.length === 0) return []
  const pattern = new RegExp(`\\b(${words.join('|')})\\b`, 'g')
  return text.split('\n').flatMap((line, index) => {
    const found = new Set([...splitIntoWords(line).matchAll(pattern)].map(([word]) => word))
    return [...found].map(
      (word) => `${file}:${index + 1}: "${word}": use the term "${glossary.replacements.get(word)}"`,
    )
  })
}

function splitIntoWords(line: string): string {
  return line
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[\s_-]+/g, ' ')
    .toLowerCase()
}

/** Checks all committed text files, except the bundle, measured data, the changelog and the glossary. */
export function checkGlossary(): string {
  const glossary = parseGlossary(readFileSync(checkoutPath(GLOSSARY), 'utf8'))
  const files = execFileSync('git', ['ls-files'], { cwd: checkoutPath('.'), encoding: 'utf8' }).split('\n')
  return files
    .filter((file) => CHECKED_FILES.test(file) && !UNCHECKED_FILES.test(file))
    .flatMap((file) => findReplacedWords(glossary, file, readFileSync(checkoutPath(file), 'utf8')))
    .join('\n')
}

if (import.meta.main) {
  const problems = checkGlossary()
  console.log(problems || 'all files follow the glossary')
  process.exitCode = problems === '' ? 0 : 1
}
