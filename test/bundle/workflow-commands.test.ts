import { describe, expect, it } from 'vitest'
import { CommandReader } from './workflow-commands.ts'

describe('the runner executes a command', () => {
  it.each([
    ['::add-mask::abc', 'add-mask', 'abc'],
    ['  \t\u0085\u3000::add-mask::abc', 'add-mask', 'abc'],
    ['::ADD-MASK::abc', 'add-mask', 'abc'],
    ['::error::50%25 of%0Athe rest', 'error', '50% of\nthe rest'],
    ['text before ##[add-mask]abc', 'add-mask', 'abc'],
    ['##[error]a%5Db', 'error', 'a]b'],
    ['::nonsense::x ##[warning]y', 'warning', 'y'],
  ])('in %j', (line, name, data) => {
    expect(new CommandReader().read(line)).toMatchObject({ name, data })
  })

  it('with its properties', () => {
    expect(new CommandReader().read('::set-output name=a%3Ab,other=x%2Cy::1')?.properties).toEqual({
      name: 'a:b',
      other: 'x,y',
    })
    expect(new CommandReader().read('##[set-output name=a;other=x%3By]1')?.properties).toEqual({
      name: 'a',
      other: 'x;y',
    })
  })
})

describe('the runner only prints', () => {
  it.each([
    'text ::add-mask::abc',
    '::add-mask:abc',
    '::unheard-of::abc',
    '##[add-mask abc',
    '## [add-mask]abc',
    '',
  ])('%j', (line) => {
    expect(new CommandReader().read(line)).toBeUndefined()
  })
})

describe('stop-commands', () => {
  it('stops all commands until its token appears', () => {
    const reader = new CommandReader()
    expect(reader.read('::stop-commands::Token-1')?.name).toBe('stop-commands')
    expect(reader.read('::add-mask::abc')).toBeUndefined()
    expect(reader.read('##[add-mask]abc')).toBeUndefined()
    expect(reader.read('::token-2::')).toBeUndefined()
    expect(reader.read('::token-1::')?.name).toBe('resume-commands')
    expect(reader.read('::add-mask::abc')?.name).toBe('add-mask')
  })

  it.each(['', 'error', 'pause-logging'])('rejects %j as a token', (token) => {
    expect(() => new CommandReader().read(`::stop-commands::${token}`)).toThrow('rejects')
  })
})
