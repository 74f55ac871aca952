import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandReader } from '../../../test/bundle/workflow-commands.ts'
import { neutralise } from './workflow-command.ts'

/** Texts that are mostly made of what commands are made of. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('::', ':', '##[', '##', '#', '[', ']', '\n', '\r', '\r\n', ' ', '\t'),
      fc.constantFrom('\u0085', '\u00a0', '\u200b', '\u2028', '\ufeff', '\0', '\u001b[0m', '\u{e0001}'),
      fc.constantFrom('::add-mask::x', '##[error]x', '##[set-output name=a]x'),
      fc.constantFrom('add-mask', 'ADD-MASK', 'error', 'set-output name=a', 'stop-commands', 'x', 'é'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

function commandsIn(text: string): string[] {
  const reader = new CommandReader()
  return text.split(/\r\n|\n|\r/).flatMap((line) => reader.read(line)?.name ?? [])
}

describe('neutralise', () => {
  it.each([
    '::add-mask::abc',
    'line\n  ::add-mask::abc',
    'line\r::add-mask::abc',
    '\u0085::add-mask::abc',
    '\u3000\t::error::abc',
    'half way ##[add-mask]abc',
    '###[error]abc',
    ':::add-mask::abc',
    '##[##[error]abc',
  ])('leaves no command in %j', (text) => {
    expect(commandsIn(neutralise(text))).toEqual([])
  })

  it('leaves no command in any text', () => {
    const holdsNone = fc.property(hostile, (text) => {
      expect(commandsIn(neutralise(text))).toEqual([])
    })
    fc.assert(holdsNone, { numRuns: 3000 })
  })

  it('keeps the visible text, and changes nothing without a command', () => {
    expect(neutralise('::error::x ##[y')).toBe(':\u200a:error::x ##\u200a[y')
    for (const text of ['std::vector::x', 'loss: 0.1', '# [x]', '## title', 'a ::b::', ': : x'])
      expect(neutralise(text)).toBe(text)
  })

  it('gives the same result for a text in blocks of whole lines', () => {
    const isSame = fc.property(fc.array(hostile), (texts) => {
      const blocks = texts.map((text) => `${text}\n`)
      expect(blocks.map(neutralise).join('')).toBe(neutralise(blocks.join('')))
    })
    fc.assert(isSame, { numRuns: 3000 })
  })

  it.each(['\n', '\u2028', ' ', '#', ':', '::', '##['])(
    'is done in time also for a megabyte of %j',
    (sign) => {
      // Anything that is not linear in the length would run into the test's time limit by far.
      expect(commandsIn(neutralise(sign.repeat(1_000_000 / sign.length)))).toEqual([])
    },
  )
})
