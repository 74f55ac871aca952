import { StringDecoder } from 'node:string_decoder'

/** Splits a stream of bytes into lines like .NET's StreamReader.ReadLine: at \n, \r and \r\n. */
export class LineReader {
  readonly #decoder = new StringDecoder('utf8')
  readonly #line: (line: string) => void
  #held: string[] = []
  #afterReturn = false

  constructor(line: (line: string) => void) {
    this.#line = line
  }

  push(chunk: Buffer): void {
    let text = this.#decoder.write(chunk)
    if (this.#afterReturn && text.startsWith('\n')) text = text.slice(1)
    if (text !== '') this.#afterReturn = false
    if (text.endsWith('\r')) this.#afterReturn = true
    const lines = text.split(/\r\n|\n|\r/)
    const rest = lines.pop() ?? ''
    for (const line of lines) {
      this.#line(this.#held.join('') + line)
      this.#held = []
    }
    if (rest !== '') this.#held.push(rest)
  }

  end(): void {
    const rest = this.#held.join('') + this.#decoder.end()
    if (rest !== '') this.#line(rest)
  }
}
