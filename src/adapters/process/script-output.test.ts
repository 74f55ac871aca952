import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLines } from './script-output.ts'

/** The blocks of a stream that gets these pieces. */
async function readAll(pieces: readonly (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough()
  for (const piece of pieces) stream.write(piece)
  stream.end()
  const blocks: string[] = []
  for await (const lines of readLines(stream)) blocks.push(lines)
  return blocks
}

describe('the lines of an output', () => {
  it('are buffered until they end', async () => {
    const stream = new PassThrough()
    const lines = readLines(stream)
    stream.write('one\ntwo\nth')
    expect((await lines.next()).value).toBe('one\ntwo\n')
    stream.write('ree')
    stream.end('\rfour')
    expect((await lines.next()).value).toBe('three\r')
    expect((await lines.next()).value).toBe('four\n')
    expect((await lines.next()).done).toBe(true)
  })

  it('are broken if they are too long', async () => {
    const long = 'x'.repeat(100_000)
    const stream = new PassThrough()
    const lines = readLines(stream)
    stream.write(long)
    expect((await lines.next()).value === `${long}…\n`).toBe(true)
    // What follows is still the same line.
    stream.end('RUN_ID: x\nRUN_ID: y\nlast')
    expect((await lines.next()).value).toBe('…RUN_ID: x\nRUN_ID: y\n')
    expect((await lines.next()).value).toBe('last\n')
  })

  it('keep a character that arrives in two pieces', async () => {
    const [first, ...others] = Buffer.from('é\n')
    expect(await readAll([Buffer.from([first ?? 0]), Buffer.from(others)])).toEqual(['é\n'])
  })

  it('lose nothing but get marked breaks, and every block ends with one', async () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '\r', 'ab', ''),
      fc.constant('y'.repeat(70_000)),
      fc.constant(`${'z'.repeat(40_000)}\n`),
    )
    const keeps = fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const blocks = await readAll(pieces)
      const withoutBreaks = (text: string) => text.replace(/[\n…]/g, '')
      expect(withoutBreaks(blocks.join('')) === withoutBreaks(pieces.join(''))).toBe(true)
      for (const block of blocks) expect(block.slice(-1)).toMatch(/[\n\r]/)
    })
    await fc.assert(keeps)
  })
})
