/** A part of an output: whole lines, or a piece of a line that is too long to be held. */
export interface Block {
  text: string
  whole: boolean
}

/** Characters of an unfinished line that are held back. The runner shows no unfinished line either. */
const LONGEST_LINE = 64 * 1024

/** Cuts an output into blocks of whole lines, so that two streams can share one log; memory stays flat. */
export class LineBlocks {
  #held = ''
  /** The beginning of the current line has gone out already. */
  #cut = false

  push(text: string): Block[] {
    const blocks: Block[] = []
    let rest = text
    if (this.#cut) {
      const end = firstBreak(rest) + 1
      if (end === 0) return rest === '' ? [] : [{ text: rest, whole: false }]
      blocks.push({ text: rest.slice(0, end), whole: false })
      rest = rest.slice(end)
      this.#cut = false
    }
    const end = Math.max(rest.lastIndexOf('\n'), rest.lastIndexOf('\r')) + 1
    if (end > 0) {
      blocks.push({ text: this.#held + rest.slice(0, end), whole: true })
      this.#held = ''
    }
    this.#held += rest.slice(end)
    if (this.#held.length > LONGEST_LINE) {
      blocks.push({ text: this.#held, whole: false })
      this.#held = ''
      this.#cut = true
    }
    return blocks
  }

  /** What is left: a last line without an end. */
  end(): Block[] {
    const text = this.#held
    this.#held = ''
    return text === '' ? [] : [{ text, whole: true }]
  }
}

function firstBreak(text: string): number {
  const found = [text.indexOf('\n'), text.indexOf('\r')].filter((at) => at >= 0)
  return found.length === 0 ? -1 : Math.min(...found)
}
