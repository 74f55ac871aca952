import { describe, expect, it } from 'vitest'
import { readYaml } from './yaml.ts'

const read = (text: string) => readYaml(text, (path) => path[0] === 'models' && path.length === 2)
const value = (text: string) => {
  const document = read(text)
  return 'value' in document ? document.value : document
}

describe('YAML', () => {
  it('becomes texts as they were written, under keys with underscores', () => {
    expect(value('min-value: 0.10\n"a": "0.1"\nb: 1e-3\nc: |\n  x\n  y\nd: true\ne:')).toEqual({
      min_value: '0.10',
      a: '0.1',
      b: '1e-3',
      c: 'x\ny\n',
      d: 'true',
      e: null,
    })
  })

  it('keeps the dashes of the names of models', () => {
    expect(value('models: {fraud-eu: {min-value: 1}}')).toEqual({
      models: { 'fraud-eu': { min_value: '1' } },
    })
  })

  it('knows the line of every key and entry, and of what stands around a missing one', () => {
    const document = read('a:\n  - x\n  - b:\n      c-d: 1\n')
    if (!('line' in document)) throw new Error('unreadable')
    const lines = [[], ['a'], ['a', 0], ['a', 1, 'b'], ['a', 1, 'b', 'c_d'], ['a', 1, 'b', 'missing']]
    expect(lines.map((path) => document.line(path))).toEqual([1, 1, 2, 3, 4, 3])
  })

  it.each([
    ['a key twice', 'a: 1\na: 2', 2, /unique/],
    ['a key twice by its dash', 'min-value: 1\nmin_value: 2', 2, /given twice/],
    ['an alias', 'a: &x 1\nb: *x', 2, /alias/],
    ['two documents', 'a: 1\n---\nb: 2', 2, /multiple documents/],
    ['no end', 'a: [1', 1, /./],
    ['too much', `a: ${'x'.repeat(256 * 1024)}`, undefined, /256 KB/],
    ['flow lists in each other', '['.repeat(100_000), undefined, /nested too deeply/],
    ['lists begun on one line', '- '.repeat(100_000), undefined, /nested too deeply/],
    ['mappings begun on one line', '? '.repeat(100_000), undefined, /nested too deeply/],
    ['flow over lines', '{a:\n'.repeat(50_000), undefined, /nested too deeply/],
  ])('is refused with %s', (_what, text, line, message) => {
    const [flaw] = read(text) as { line: number | undefined; message: string }[]
    expect(flaw?.line).toBe(line)
    expect(flaw?.message).toMatch(message)
  })

  it('survives what is indented as deep as the size allows', () => {
    let text = ''
    for (let depth = 0; text.length < 250_000; depth += 1) text += `${' '.repeat(depth)}a:\n`
    expect(read(text)).toBeDefined()
  })

  it('bounds an anchor bomb, for nothing is repeated', () => {
    const bomb = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`).join('\n')
    expect(read(`a: &a-1 [x]\n${bomb}`)).toBeInstanceOf(Array)
  })
})
