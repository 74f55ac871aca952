import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument } from 'yaml'
import { oneLine } from '../../domain/one-line.ts'
import { shown } from '../fields.ts'

/** Where something stands in a document: keys of mappings and places in lists. */
export type Path = readonly (string | number)[]

/** A YAML text as plain mappings, lists and texts. Every scalar is the text that was written, so that 0.10 stays exact. */
export interface Document {
  value: unknown
  /** The line of a key or an entry, or of what it stands in where it is missing. */
  line(path: Path): number
}

/** What is wrong, and where; without a line where it is about the whole. */
export interface YamlFlaw {
  line: number | undefined
  message: string
}

/** Bytes. */
export const LARGEST = 256 * 1024
/** No policy is nested deeper than seven; the YAML library is recursive, and a deep enough text kills the process. */
const DEEPEST = 50

/**
 * Reads one YAML document. Keys keep a dash as an underscore, save names of models, which `isName` knows by their path.
 * @param what it is, with its article, for messages
 */
export function readYaml(
  text: string,
  isName: (path: Path) => boolean,
  what = 'a policy',
): Document | YamlFlaw[] {
  if (Buffer.byteLength(text) > LARGEST)
    return [{ line: undefined, message: `is larger than 256 KB, too large to be ${what}` }]
  if (depth(text) > DEEPEST) return [{ line: undefined, message: `is nested too deeply to be ${what}` }]
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true })
  const lineAt = (offset: number | undefined) => counter.linePos(offset ?? 0).line
  const flaws: YamlFlaw[] = document.errors.map(({ pos, message }) => ({
    line: lineAt(pos[0]),
    message: oneLine(message),
  }))
  if (flaws.length > 0) return flaws

  const lines = new Map<string, number>()
  const plain = (node: Node | null, path: Path): unknown => {
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, unknown>()
      for (const { key, value } of node.items) {
        const written = isScalar(key) ? String(key.value) : ''
        const name = isName([...path, written]) ? written : written.replaceAll('-', '_')
        const line = lineAt(key.range?.[0])
        const below = [...path, name]
        if (entries.has(name))
          flaws.push({ line, message: `${shown(name)} is given twice, with a dash and an underscore` })
        lines.set(JSON.stringify(below), line)
        entries.set(name, plain(value, below))
      }
      return Object.fromEntries(entries)
    }
    if (isSeq<Node>(node)) {
      return node.items.map((item, index) => {
        const below = [...path, index]
        lines.set(JSON.stringify(below), lineAt(item?.range?.[0]))
        return plain(item, below)
      })
    }
    if (isAlias(node))
      flaws.push({
        line: lineAt(node.range?.[0]),
        message: `an alias (*) is not read in ${what}; write it out`,
      })
    return isScalar(node) && node.value !== null ? (node.source ?? String(node.value)) : null
  }
  const value = plain(document.contents, [])
  if (flaws.length > 0) return flaws
  const line = (path: Path): number =>
    path.length === 0 ? 1 : (lines.get(JSON.stringify(path)) ?? line(path.slice(0, -1)))
  return { value, line }
}

/** Collections that are open at once in flow style, or begun on one line. Indented ones are bounded by the size. */
function depth(text: string): number {
  let [flow, begun, most] = [0, 0, 0]
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') flow += 1
    else if (token === ']' || token === '}') flow -= 1
    else if (flow === 0 && /^[-?:]$/.test(token)) begun += 1
    else if (token.endsWith('\n')) begun = 0
    most = Math.max(most, flow + begun)
  }
  return most
}
