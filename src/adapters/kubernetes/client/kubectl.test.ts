import { expect, test } from 'vitest'
import { extractErrorMessage } from './kubectl.ts'

// From kubectl 1.36, for an address without a server.
const klog =
  'E1121 18:00:01.123456   12345 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list"'

test("an error excludes the log lines of kubectl's libraries", () => {
  const message =
    'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?'
  expect(extractErrorMessage(`${klog}\n${klog}\n${message}\n`)).toBe(message)
})

test('an error with log lines only is those', () => {
  expect(extractErrorMessage(`${klog}\n`)).toBe(klog)
})
