import { isUtf8 } from 'node:buffer'

/** A problem of the text, as a clause after "line N", and the text before it, which has the line breaks. */
type Fail = (textBefore: string, problem: string) => never

/**
 * Decodes the bytes of a CSV file. Line breaks become \n, also if the file mixes \r\n and \n. A file of an old Mac, whose
 * first line ends with \r, keeps its \r.
 */
export function createTextDecoder(fail: Fail) {
  /** Bytes of an incomplete character. */
  let incomplete: Buffer = Buffer.alloc(0)
  /** The \r at the end of a chunk: a \n may follow. */
  let heldReturns = ''
  let isFirst = true
  let newline: '\n' | '\r' | undefined

  const decodeBytes = (chunk: Buffer, isLast: boolean): string => {
    const bytes = incomplete.length > 0 ? Buffer.concat([incomplete, chunk]) : chunk
    const end = isLast ? bytes.length : bytes.length - countIncompleteBytes(bytes)
    incomplete = bytes.subarray(end)
    const complete = bytes.subarray(0, end)
    if (!isUtf8(complete))
      fail(readValidLines(complete), 'is not UTF-8. Save the file in UTF-8 (in Excel: "CSV UTF-8").')
    return complete.toString('utf8')
  }
  const unifyLineBreaks = (text: string): string => {
    newline ??= /^[^\r\n]*(\r{0,2}\n|\r)/.exec(text)?.[1] === '\r' ? '\r' : '\n'
    // Python on Windows writes \r\r\n if csv files are not opened with newline="".
    if (newline === '\n') return text.replace(/\r\r?(\n|$)/g, '$1')
    if (text.includes('\n'))
      fail(text.slice(0, text.indexOf('\n')), 'mixes the line breaks \\r and \\n. Write the file with \\n.')
    return text
  }
  return {
    /** Undefined until the first line break. */
    newline: () => newline,
    decode(chunk: Buffer, isLast = false): string {
      let text = heldReturns + decodeBytes(chunk, isLast)
      heldReturns = ''
      if (isFirst && text.startsWith('\uFEFF')) text = text.slice(1)
      if (text !== '') isFirst = false
      if (text.includes('\0'))
        fail(text.slice(0, text.indexOf('\0')), 'has a NUL character. Write the file again, as UTF-8 text.')
      if (text.endsWith('\r') && !isLast) {
        heldReturns = text.endsWith('\r\r') ? '\r\r' : '\r'
        text = text.slice(0, -heldReturns.length)
      }
      if (newline === '\r' || text.includes('\r')) return unifyLineBreaks(text)
      if (!newline && text.includes('\n')) newline = '\n'
      return text
    },
  }
}

/** How many bytes at the end belong to a character that is not complete: at most 3. */
function countIncompleteBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    // 110xxxxx starts a character of 2 bytes, 1110xxxx of 3, 11110xxx of 4.
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

/** The lines before the first one that is not UTF-8. */
function readValidLines(bytes: Buffer): string {
  let end = 0
  for (const [at, byte] of bytes.entries()) {
    if (byte !== 0x0a && byte !== 0x0d) continue
    if (!isUtf8(bytes.subarray(end, at))) break
    end = at + 1
  }
  return bytes.toString('utf8', 0, end)
}
