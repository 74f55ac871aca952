import { expect, test } from 'vitest'
import { wordsOf } from './kubectl.ts'

// As kubectl 1.36 said it of an address where nobody listens.
const klog =
  'E1121 18:00:01.123456   12345 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list"'

test("the log lines of kubectl's libraries are not its words", () => {
  const refused =
    'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?'
  expect(wordsOf(`${klog}\n${klog}\n${refused}\n`)).toBe(refused)
})

test('but where there is nothing else, they are told', () => {
  expect(wordsOf(`${klog}\n`)).toBe(klog)
})
