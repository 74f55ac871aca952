import { expect, it } from 'vitest'
import { parseFileCommands } from './file-commands.ts'

it('reads both forms in order', () => {
  expect(parseFileCommands('a=1\nb<<END\nx=1\n\ny<<z\nEND\n\na=2=3\nempty<<END\nEND\n')).toEqual({
    a: '2=3',
    b: 'x=1\n\ny<<z',
    empty: '',
  })
})

it.each([
  ['name<<END\nvalue\n', 'Matching delimiter not found'],
  ['<<END\nvalue\nEND\n', 'Invalid format'],
  ['just text\n', 'Invalid format'],
])('rejects %j', (text, message) => {
  expect(() => parseFileCommands(text)).toThrow(message)
})
