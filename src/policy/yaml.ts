import { isUtf8 } from 'node:buffer'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument } from 'yaml'
import { didYouMean } from '../domain/core/did-you-mean.ts'
import { errorMessage, UserError } from '../domain/core/errors.ts'
import { oneLine } from '../domain/core/text.ts'
import { quote } from '../runtime/fields.ts'

/** A path in a document: keys of mappings and indices of lists. */
export type Path = readonly (string | number)[]

/** A YAML document as plain objects, arrays and strings. Scalars keep their text, so that 0.10 stays exact. */
export interface YamlDocument {
  value: unknown
  /** The line of a key or list item, or of its nearest parent if it is missing. */
  line(path: Path): number
}

export interface YamlProblem {
  /** Undefined if the problem is about the whole document. */
  line: number | undefined
  message: string
}

/** Bytes. */
const MAX_BYTES = 256 * 1024
/** The YAML library is recursive, so deep nesting would overflow the stack. A policy has at most seven levels. */
const MAX_DEPTH = 50

/**
 * Reads an input that is YAML, or the path of a file in the workspace. YAML has a list, a key with a colon, or several
 * lines; a path has none of them.
 * @throws UserError
 */
export function readYamlInput(
  input: string,
  given: string,
  workspace: string,
): { text: string; file: string | undefined } {
  if (/\n|^\s*(-\s|[[{]|[\w"'-]+\s*:(\s|$))/.test(given)) return { text: given, file: undefined }
  const path = resolve(workspace, given)
  let bytes: Uint8Array | undefined
  try {
    if (statSync(path).size <= MAX_BYTES) bytes = readFileSync(path)
  } catch (cause) {
    throw new UserError(
      `Input ${input}: ${quote(given)} is neither YAML nor a readable file (${errorMessage(cause)}).${suggestFile(given, path)} Check the path, and that actions/checkout runs before this step.`,
    )
  }
  if (!bytes) throw new UserError(`Input ${input}: ${quote(given)} is larger than 256 KB.`)
  const line = findInvalidLine(bytes)
  if (line !== undefined)
    throw new UserError(
      `Input ${input}: ${quote(given)}, line ${line} is not UTF-8. Save the file in UTF-8; editors on Windows may use Windows-1252 or UTF-16.`,
    )
  return { text: new TextDecoder().decode(bytes), file: given }
}

const NEW_LINE = 0x0a

/** The first line that is not UTF-8, or has a NUL as UTF-16 does: it would be read with other names. */
function findInvalidLine(bytes: Uint8Array): number | undefined {
  if (isUtf8(bytes) && !bytes.includes(0)) return undefined
  let [line, start] = [1, 0]
  for (;;) {
    const end = bytes.indexOf(NEW_LINE, start)
    const text = bytes.subarray(start, end < 0 ? undefined : end)
    if (!isUtf8(text) || text.includes(0) || end < 0) return line
    line += 1
    start = end + 1
  }
}

const YAML_ENDING = /\.ya?ml$/

/** A YAML file of the same folder with a similar name, as a sentence; empty if there is none. */
function suggestFile(given: string, path: string): string {
  try {
    const stem = (name: string) => name.replace(YAML_ENDING, '')
    const names = readdirSync(dirname(path)).filter((name) => YAML_ENDING.test(name))
    const similarStem = didYouMean(stem(basename(path)), names.map(stem))
    const similar = names.find((name) => stem(name) === similarStem)
    return similar === undefined ? '' : ` Did you mean ${quote(join(dirname(given), similar))}?`
  } catch {
    return ''
  }
}

/**
 * Reads one YAML document. Dashes in keys become underscores, except in names (`isName`).
 * @param what the kind of document, with its article, for messages
 */
export function readYaml(
  text: string,
  isName: (path: Path) => boolean,
  what = 'a policy',
): YamlDocument | YamlProblem[] {
  if (Buffer.byteLength(text) > MAX_BYTES)
    return [{ line: undefined, message: `is larger than 256 KB, too large to be ${what}` }]
  if (measureDepth(text) > MAX_DEPTH)
    return [{ line: undefined, message: `is nested too deeply to be ${what}` }]
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true })
  const lineAt = (offset: number | undefined) => counter.linePos(offset ?? 0).line
  // A tag that YAML does not know is a warning, and its value would be read without it.
  const problems: YamlProblem[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    line: lineAt(pos[0]),
    message: oneLine(message),
  }))
  if (problems.length > 0) return problems

  const lines = new Map<string, number>()
  const toPlain = (node: Node | null, path: Path): unknown => {
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, unknown>()
      for (const { key, value } of node.items) {
        const written = isScalar(key) ? String(key.value) : ''
        const name = isName([...path, written]) ? written : written.replaceAll('-', '_')
        const line = lineAt(key.range?.[0])
        const childPath = [...path, name]
        if (entries.has(name))
          problems.push({ line, message: `${quote(name)} is set twice, with a dash and with an underscore` })
        lines.set(JSON.stringify(childPath), line)
        entries.set(name, toPlain(value, childPath))
      }
      return Object.fromEntries(entries)
    }
    if (isSeq<Node>(node)) {
      return node.items.map((item, index) => {
        const childPath = [...path, index]
        lines.set(JSON.stringify(childPath), lineAt(item?.range?.[0]))
        return toPlain(item, childPath)
      })
    }
    if (isAlias(node))
      problems.push({
        line: lineAt(node.range?.[0]),
        message: `aliases (*) are not supported in ${what}. Repeat the value`,
      })
    return isScalar(node) && node.value !== null ? (node.source ?? String(node.value)) : null
  }
  const value = toPlain(document.contents, [])
  if (problems.length > 0) return problems
  const line = (path: Path): number =>
    path.length === 0 ? 1 : (lines.get(JSON.stringify(path)) ?? line(path.slice(0, -1)))
  return { value, line }
}

/** Measures the nesting of flow collections, and of block collections on one line. Indented ones are bounded by the size. */
function measureDepth(text: string): number {
  let [flow, block, max] = [0, 0, 0]
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') flow += 1
    else if (token === ']' || token === '}') flow -= 1
    else if (flow === 0 && /^[-?:]$/.test(token)) block += 1
    else if (token.endsWith('\n')) block = 0
    max = Math.max(max, flow + block)
  }
  return max
}
