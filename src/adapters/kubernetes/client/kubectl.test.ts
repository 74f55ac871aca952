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

// As kubectl logs an error of several lines.
const klogBlock = `E1130 20:27:52.376665    5306 memcache.go:265] "Unhandled Error" err=<
	couldn't get current server API group list: getting credentials: exec: executable kubelogin not found
	
	It looks like you are trying to use a client-go credential plugin that is not installed.
 >
`

test('an error excludes the blocks of its libraries, and warnings', () => {
  const message = 'Unable to connect to the server: getting credentials: exec: executable kubelogin not found'
  const warning = 'Warning: autoscaling/v2beta2 is deprecated\n'
  expect(extractErrorMessage(`${klogBlock}${klogBlock}${klog}\n${warning}${message}\n`)).toBe(message)
})

test('a block that was cut takes less than a second', () => {
  const startTime = performance.now()
  extractErrorMessage(`${klogBlock.split(' >')[0]}${'\t\n'.repeat(30_000)}x`)
  expect(performance.now() - startTime).toBeLessThan(1000)
})
