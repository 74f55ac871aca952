import { describe, expect, it } from 'vitest'
import { readYaml } from './yaml.ts'

const read = (text: string) => readYaml(text, (path) => path[0] === 'models' && path.length === 2)
const value = (text: string) => {
  const document = read(text)
  return 'value' in document ? document.value : document
}

describe('YAML', () => {
  it('keeps scalars as text and turns dashes in keys into underscores', () => {
    expect(value('min-value: 0.10\n"a": "0.1"\nb: 1e-3\nc: |\n  x\n  y\nd: true\ne:')).toEqual({
      min_value: '0.10',
      a: '0.1',
      b: '1e-3',
      c: 'x\ny\n',
      d: 'true',
      e: null,
    })
  })

  it('keeps dashes in model names', () => {
    expect(value('models: {fraud-eu: {min-value: 1}}')).toEqual({
      models: { 'fraud-eu': { min_value: '1' } },
    })
  })

  it('gives the line of each key and item, and of the parent of a missing one', () => {
    const document = read('a:\n  - x\n  - b:\n      c-d: 1\n')
    if (!('line' in document)) throw new Error('unreadable')
    const lines = [[], ['a'], ['a', 0], ['a', 1, 'b'], ['a', 1, 'b', 'c_d'], ['a', 1, 'b', 'missing']]
    expect(lines.map((path) => document.line(path))).toEqual([1, 1, 2, 3, 4, 3])
  })

  it.each([
    ['a key twice', 'a: 1\na: 2', 2, /unique/],
    ['a key twice by its dash', 'min-value: 1\nmin_value: 2', 2, /set twice/],
    ['an unknown tag', 'a: 1\nb: !percent 5', 2, /Unresolved tag: !percent/],
    ['an alias', 'a: &x 1\nb: *x', 2, /alias/],
    ['two documents', 'a: 1\n---\nb: 2', 2, /multiple documents/],
    ['no end', 'a: [1', 1, /./],
    ['too much', `a: ${'x'.repeat(256 * 1024)}`, undefined, /256 KB/],
    ['nested flow lists', '['.repeat(100_000), undefined, /nested too deeply/],
    ['nested lists on one line', '- '.repeat(100_000), undefined, /nested too deeply/],
    ['nested mappings on one line', '? '.repeat(100_000), undefined, /nested too deeply/],
    ['flow over lines', '{a:\n'.repeat(50_000), undefined, /nested too deeply/],
  ])('refuses %s', (_what, text, line, message) => {
    const [problem] = read(text) as { line: number | undefined; message: string }[]
    expect(problem?.line).toBe(line)
    expect(problem?.message).toMatch(message)
  })

  it('accepts the deepest indentation that the size allows', () => {
    let text = ''
    for (let depth = 0; text.length < 250_000; depth += 1) text += `${' '.repeat(depth)}a:\n`
    expect(read(text)).toBeDefined()
  })

  it('refuses an anchor bomb', () => {
    const bomb = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`).join('\n')
    expect(read(`a: &a-1 [x]\n${bomb}`)).toBeInstanceOf(Array)
  })
})
