import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('a folder is enough', () => {
  expect(parseOptions(['.'])).toEqual({ folder: '.', event: 'workflow_dispatch', inputs: {} })
})

test('all options', () => {
  const args = ['repo', 'a.yml', 'workflow_dispatch', '--input', 'reason=a=b', '--input', 'force=']
  expect(parseOptions([...args, '--env-file', 'e', '--page', 'p.html'])).toEqual({
    folder: 'repo',
    workflow: 'a.yml',
    event: 'workflow_dispatch',
    inputs: { reason: 'a=b', force: '' },
    envFile: 'e',
    page: 'p.html',
  })
  expect(parseOptions(['r', 'a.yml', 'repository_dispatch', '--payload', 'p.json'])).toMatchObject({
    event: 'repository_dispatch',
    payload: 'p.json',
  })
  expect(parseOptions(['--help'])).toBe('help')
})

test.each([
  [[], 'FOLDER is missing'],
  [
    ['.', 'a.yml', 'push'],
    'unknown event push; a try accepts workflow_dispatch, schedule, repository_dispatch',
  ],
  [['.', 'a.yml', 'schedule', 'more'], 'unexpected argument more'],
  [['.', '--inptu', 'a=b'], '--inptu'],
  [['.', '--input', 'reason'], '--input reason: write NAME=VALUE'],
  [['.', 'a.yml', 'schedule', '--input', 'a=b'], '--input belongs to workflow_dispatch'],
  [['.', 'a.yml', 'repository_dispatch'], 'repository_dispatch needs --payload FILE, such as {"event_type"'],
  [['.', '--payload', 'p.json'], '--payload belongs to repository_dispatch'],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message)
})
