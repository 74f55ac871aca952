import { truncateMiddle } from './text.ts'

const MAX_LENGTH = 1000
/** Before repetitions are looked for, which takes the square of it. */
const MAX_RAW_LENGTH = 4000
/** Objects in braces that are longer say nothing to a reader. */
const MAX_OBJECT_LENGTH = 200

/** A value of the API server: a quoted text that is an object, or long. */
const QUOTED_DUMP =
  /(?:Invalid|Duplicate|Unsupported) value: "(?:\{(?:[^"\\]|\\.)*|(?:[^"\\]|\\.){200,})"(?:: )?/g
/** The start of an object in JSON or Go, as a value of the API server or with its type. */
const OBJECT_START =
  /((?:Invalid|Duplicate|Unsupported) value: )?((?:[&*]|\[\]){0,4}(?:[a-z]\w{0,40}\.[A-Z]\w{0,60}|map\[string\][\w ]{0,20}|struct ))?\{/g

/** An error of another program for a reader: without dumps of objects, each line once, and its end where it is cut. */
export function shortenError(message: string): string {
  const lines = dropDumps(message.replace(QUOTED_DUMP, ''))
    .split('\n')
    .map((line) => line.trim())
  const unique = lines.filter((line, at) => line && lines.indexOf(line) === at)
  const bounded = truncateMiddle(unique.join('\n'), MAX_RAW_LENGTH)
  // An error that is wrapped twice repeats itself.
  const once = bounded.replace(/(.{15,}?)(?:(?:: | && |; |, |\n)\1)+(?=[:;,.\s]|$)/g, '$1')
  return truncateMiddle(once, MAX_LENGTH)
}

function dropDumps(text: string): string {
  let kept = ''
  let from = 0
  for (const { 0: start, 1: isValue, 2: type, index } of text.matchAll(OBJECT_START)) {
    if (index < from) continue
    const end = endOfObject(text, index + start.length - 1)
    if (!isValue && !type && end - index <= MAX_OBJECT_LENGTH) continue
    kept += text.slice(from, index) + (isValue ? '' : '{…}')
    from = isValue && text.startsWith(': ', end) ? end + 2 : end
  }
  return kept + text.slice(from)
}

/** The index after an object in JSON or Go; for one that was cut, that of the reason after it. */
function endOfObject(text: string, start: number): number {
  const pattern = /"(?:[^"\\]|\\.)*"|[{}]/g
  pattern.lastIndex = start
  let depth = 0
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[0] === '{') depth += 1
    else if (match[0] === '}') depth -= 1
    if (depth === 0) return pattern.lastIndex
  }
  const reason = /: [a-z][^{}"]{3,300}$/.exec(text)
  return reason && reason.index > start ? reason.index : text.length
}
