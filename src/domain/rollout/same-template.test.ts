import { expect, test } from 'vitest'
import { differsOnlyInVersion } from './same-template.ts'

const template = (version: string, more: object = {}) => ({
  metadata: {
    labels: { 'model-version': version },
    annotations: { 'checksum/config': version === '1' ? '4bf5122f' : 'dbc1b4c9' },
  },
  spec: {
    containers: [
      {
        name: 'serve',
        image: 'server:1.10',
        args: ['--model', `models:/fraud/${version}`, '--workers', '2', '--port', '8081'],
        env: [{ name: 'MODEL_VERSION', value: version }],
        ...more,
      },
    ],
    nodeSelector: null,
  },
})

test.each<[string, unknown, unknown, boolean]>([
  ['the version in labels, arguments and variables', template('2'), template('1'), true],
  ['nothing at all', template('2'), template('2'), true],
  ['another version than the two', template('3'), template('1'), false],
  ['the versions the wrong way round', template('1'), template('2'), false],
  ['a version with a prefix', template('v2'), template('v1'), true],
  ['another variable', template('2', { command: ['serve'] }), template('1'), false],
  ['another image', template('2', { image: 'server:1.11' }), template('1'), false],
  [
    'an image of each version',
    template('2', { image: 'server:2' }),
    template('1', { image: 'server:1' }),
    false,
  ],
  [
    'a limit that equals the versions',
    template('2', { resources: { limits: { cpu: '2' } } }),
    template('1', { resources: { limits: { cpu: '1' } } }),
    false,
  ],
  ['a number that equals the versions', template('2', { stdin: 2 }), template('1', { stdin: 1 }), false],
  [
    'a number with the digit of the version',
    template('2', { args: ['8082'] }),
    template('1', { args: ['8081'] }),
    false,
  ],
  ['a list with one entry more', template('2', { args: ['a', 'b'] }), template('1', { args: ['a'] }), false],
  ['a value where the other has a mapping', { a: 'x' }, { a: {} }, false],
  ['null and nothing', { a: null }, {}, false],
])('%s: %#', (_title, one, other, expected) => {
  expect(differsOnlyInVersion(one, other, ['2', '1'])).toBe(expected)
})
