import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandReader } from '../../test/bundle/commands.ts'
import { Neutraliser, neutralise } from './workflow-command.ts'

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

describe('a text that was made harmless', () => {
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
  ])('holds no command: %j', (text) => {
    expect(commandsIn(neutralise(text))).toEqual([])
  })

  it('holds no command, whatever it was', () => {
    const holdsNone = fc.property(hostile, (text) => {
      expect(commandsIn(neutralise(text))).toEqual([])
    })
    fc.assert(holdsNone, { numRuns: 3000 })
  })

  it('says the same to a person, and is left alone where nothing was wrong', () => {
    expect(neutralise('::error::x ##[y')).toBe(':\u200a:error::x ##\u200a[y')
    for (const text of ['std::vector::x', 'loss: 0.1', '# [x]', '## title', 'a ::b::', ': : x'])
      expect(neutralise(text)).toBe(text)
  })

  it('is the same in whatever pieces it came', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.nat(5), { minLength: 1 }), (text, sizes) => {
        const characters = [...text]
        const neutraliser = new Neutraliser()
        let safe = ''
        for (let turn = 0; characters.length > 0; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 0
          // A piece of nothing may come, too, but not for ever.
          safe += neutraliser.push(characters.splice(0, turn % 7 === 6 ? Math.max(1, size) : size).join(''))
        }
        expect(safe).toBe(neutralise(text))
      }),
      { numRuns: 3000 },
    )
  })

  it.each(['\n', '\u2028', ' ', '#', ':', '::', '##['])(
    'is done in time also for a megabyte of %j',
    (sign) => {
      // Anything that is not linear in the length would run into the test's time limit by far.
      expect(commandsIn(neutralise(sign.repeat(1_000_000 / sign.length)))).toEqual([])
    },
  )
})
