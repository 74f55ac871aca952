import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Block, LineBlocks } from './line-blocks.ts'

function pushed(pieces: readonly string[]): Block[] {
  const blocks = new LineBlocks()
  return [...pieces.flatMap((piece) => blocks.push(piece)), ...blocks.end()]
}

describe('blocks of lines', () => {
  it('hold an unfinished line back until it ends', () => {
    const blocks = new LineBlocks()
    expect(blocks.push('one\ntwo\nth')).toEqual([{ text: 'one\ntwo\n', whole: true }])
    expect(blocks.push('ree')).toEqual([])
    expect(blocks.push('\rfour')).toEqual([{ text: 'three\r', whole: true }])
    expect(blocks.end()).toEqual([{ text: 'four', whole: true }])
    expect(blocks.end()).toEqual([])
  })

  it('let go of a line that is too long, and say that it was cut', () => {
    const long = 'x'.repeat(100_000)
    expect(pushed([long, long, 'end\nRUN_ID: x\n', 'last'])).toEqual([
      { text: long, whole: false },
      { text: long, whole: false },
      { text: 'end\n', whole: false },
      { text: 'RUN_ID: x\n', whole: true },
      { text: 'last', whole: true },
    ])
  })

  it('lose nothing, and never call a piece of a line whole', () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '\r', 'ab', ''),
      fc.constant('y'.repeat(70_000)),
      fc.constant(`${'z'.repeat(40_000)}\n`),
    )
    const keeps = fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const blocks = pushed(pieces)
      expect(blocks.map(({ text }) => text).join('')).toBe(pieces.join(''))
      let before = '\n'
      for (const { text, whole } of blocks) {
        if (whole) expect(before).toMatch(/[\n\r]$/)
        before = text
      }
    })
    fc.assert(keeps)
  })
})
