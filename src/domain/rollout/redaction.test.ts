import { expect, test } from 'vitest'
import { redact } from './redaction.ts'

test.each([
  ['password=hunter2 next', 'password=*** next'],
  ['MLFLOW_TRACKING_TOKEN: abcdef', 'MLFLOW_TRACKING_TOKEN: ***'],
  ['{"api_key": "a b c", "x": 1}', '{"api_key": ***, "x": 1}'],
  ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer ***'],
  ['at https://user:pw@host/path', 'at https://***@host/path'],
  ['AKIAABCDEFGHIJKLMNOP', '***'],
  [`ghp_${'a'.repeat(36)}`, '***'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig', '***'],
  ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----', '***'],
  ['ModuleNotFoundError: No module named pandas', 'ModuleNotFoundError: No module named pandas'],
  ['tokens per second: high', 'tokens per second: high'],
])('%s', (text, expected) => {
  expect(redact(text)).toBe(expected)
})

test('a long line without secrets takes less than a second', () => {
  const startTime = performance.now()
  redact('x'.repeat(16 * 1024))
  redact('token'.repeat(4 * 1024))
  expect(performance.now() - startTime).toBeLessThan(1000)
})
