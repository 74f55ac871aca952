import { expect, test } from 'vitest'
import { type AssignedValue, assignValues, formatValuePath, parseValuePath } from './value-paths.ts'

test.each([
  ['image.tag', ['image', 'tag']],
  ['tag', ['tag']],
  ['extraEnv[0].value', ['extraEnv', 0, 'value']],
  ['servers[1].env[12].value', ['servers', 1, 'env', 12, 'value']],
  ['matrix[0][1]', ['matrix', 0, 1]],
  ['podAnnotations["example.com/version"]', ['podAnnotations', 'example.com/version']],
  ["podAnnotations['example.com/version'].x", ['podAnnotations', 'example.com/version', 'x']],
  ['["a.b"].c', ['a.b', 'c']],
  ['a["say \'hi\'"]', ['a', "say 'hi'"]],
  ['model-server.image_tag', ['model-server', 'image_tag']],
])('%s is a path', (text, path) => {
  expect(parseValuePath(text)).toEqual(path)
  expect(parseValuePath(formatValuePath(path))).toEqual(path)
})

test.each([
  '',
  '.',
  'a.',
  '.a',
  'a..b',
  'a b',
  '[0]',
  'a[',
  'a[x]',
  'a[-1]',
  'a["b]',
  'a[0]b',
  'a[0',
  'a:b',
  'a.b.com/c',
])('%o is no path', (text) => {
  expect(parseValuePath(text)).toBeUndefined()
})

const assign = (current: object, ...assigned: [path: string, value: string][]) =>
  assignValues(
    current as Record<string, unknown>,
    assigned.map(([path, value]): AssignedValue => ({ path: parseValuePath(path) ?? [], value })),
  )

test.each<[string, object, [string, string][], object]>([
  ['a text', { image: { tag: 'latest', repository: 'x' } }, [['image.tag', 'v7']], { image: { tag: 'v7' } }],
  ['a number', { image: { tag: 1.1 } }, [['image.tag', '7']], { image: { tag: '7' } }],
  ['null', { image: { tag: null } }, [['image.tag', '7']], { image: { tag: '7' } }],
  ['nothing', {}, [['image.tag', '7']], { image: { tag: '7' } }],
  ['no mapping', { image: null }, [['image.tag', '7']], { image: { tag: '7' } }],
  [
    'an item, so the whole list is repeated',
    {
      env: [
        { name: 'A', value: '' },
        { name: 'B', value: 2 },
      ],
    },
    [['env[0].value', '7']],
    {
      env: [
        { name: 'A', value: '7' },
        { name: 'B', value: 2 },
      ],
    },
  ],
  [
    'two items of one list',
    { args: ['--model', 'x', '--version', 'y'], other: 1 },
    [
      ['args[1]', 'fraud'],
      ['args[3]', '7'],
    ],
    { args: ['--model', 'fraud', '--version', '7'] },
  ],
  [
    'a list in a mapping in a list',
    { servers: { main: [{ env: [{ name: 'A' }], port: 1 }] } },
    [['servers.main[0].env[0].value', '7']],
    { servers: { main: [{ env: [{ name: 'A', value: '7' }], port: 1 }] } },
  ],
  ['a key that objects inherit', {}, [['toString.tag', '7']], { toString: { tag: '7' } }],
])('%s is replaced', (_title, current, assigned, values) => {
  const before = structuredClone(current)
  expect(assign(current, ...assigned)).toEqual({ kind: 'assigned', values })
  expect(current).toEqual(before)
})

test.each<[string, object, string, object]>([
  ['a mapping', { image: { tag: {} } }, 'image.tag', { at: ['image', 'tag'], problem: 'is-mapping' }],
  ['a list', { args: ['a'] }, 'args', { at: ['args'], problem: 'is-list' }],
  ['a switch', { debug: true }, 'debug', { at: ['debug'], problem: 'is-scalar', found: true }],
  ['a text on the way', { model: 'acme/base' }, 'model.version', { at: ['model'], problem: 'is-scalar' }],
  ['a list on the way', { env: [{}] }, 'env.A.value', { at: ['env'], problem: 'is-list' }],
  ['a mapping for a list', { env: { A: 'x' } }, 'env[0].value', { at: ['env'], problem: 'is-mapping' }],
  ['an item that is a text', { env: ['A=1'] }, 'env[0].value', { at: ['env', 0], problem: 'is-scalar' }],
  ['an item too many', { env: [{}] }, 'env[1].value', { at: ['env'], problem: 'out-of-range' }],
  ['an empty list', { env: [] }, 'env[0].value', { at: ['env'], problem: 'out-of-range' }],
  ['no list', { env: null }, 'env[0].value', { at: ['env'], problem: 'is-missing' }],
])('%s is never replaced', (_title, current, path, conflict) => {
  expect(assign(current, [path, '7'])).toMatchObject({ kind: 'conflict', ...conflict })
})

test('a value cannot stand in the place of one before it', () => {
  expect(assign({}, ['image', '7'], ['image.tag', '7'])).toMatchObject({ kind: 'conflict', at: ['image'] })
})
