import { describe, expect, test } from 'vitest'
import { findRefusedExit, findRepeatedRefusal, type LogLine } from './refused-connection.ts'

/** A log with these lines at these seconds. */
const log = (...lines: [seconds: number, text: string][]): LogLine[] =>
  lines.map(([seconds, text]) => ({ at: seconds * 1000, text }))
const refused = 'curl: (7) Failed to connect to 127.0.0.1 port 5000: Connection refused'
const attempt = (left: number) =>
  `Retrying (total=${left}) after <HTTPConnection object at 0x7f${left}a>: [Errno 111] Connection refused`

describe('a log that repeats a refused connection', () => {
  test.each<[string, LogLine[], ReturnType<typeof findRepeatedRefusal>]>([
    ['the same line', log([1, refused], [12, refused], [21, refused]), { seconds: 20, isLoopback: true }],
    [
      'lines that differ in numbers',
      log([0, attempt(6)], [4, attempt(5)], [12, attempt(4)], [28, attempt(3)]),
      { seconds: 28, isLoopback: false },
    ],
    [
      'with the lines between them',
      log([0, refused], [1, 'retrying'], [15, refused], [16, 'retrying'], [30, refused], [31, 'retrying']),
      { seconds: 30, isLoopback: true },
    ],
    [
      'after other output',
      log([0, 'loading'], [1, attempt(3)], [12, attempt(2)], [28, attempt(1)]),
      { seconds: 27, isLoopback: false },
    ],
    ['one line', log([0, refused]), undefined],
    ['two lines', log([0, refused], [60, refused]), undefined],
    [
      'many lines in less than 20 s',
      log([0, refused], [5, refused], [10, refused], [19, refused]),
      undefined,
    ],
    [
      'different lines',
      log([0, 'a: connection refused'], [12, 'b: connection refused'], [30, 'c: connection refused']),
      undefined,
    ],
    [
      'and then goes on',
      log([0, refused], [12, refused], [30, refused], [31, 'Downloading artifacts: 10%']),
      undefined,
    ],
    ['another error', log([0, 'timed out'], [12, 'timed out'], [30, 'timed out']), undefined],
    ['nothing', [], undefined],
  ])('%s', (_what, lines, expected) => {
    expect(findRepeatedRefusal(lines)).toEqual(expected)
  })
})

describe('an exit after a refused connection', () => {
  const mlflow = `MlflowException: API request to http://127.0.0.1:5000 failed: [Errno 111] Connection refused`
  test.each<[string, string, number, ReturnType<typeof findRefusedExit>]>([
    ['to the pod itself', mlflow, 264_000, { seconds: 264, isLoopback: true }],
    [
      'by the name localhost',
      'dial tcp localhost:5000: connection refused',
      20_000,
      { seconds: 20, isLoopback: true },
    ],
    ['after less than 20 s', mlflow, 19_000, undefined],
    ['to another address', 'dial tcp 10.0.0.7:5000: connection refused', 264_000, undefined],
    ['of another kind', 'MlflowException: http://127.0.0.1:5000: 404 Not Found', 264_000, undefined],
  ])('%s', (_what, last, ranMs, expected) => {
    expect(findRefusedExit(log([0, 'Traceback'], [264, last]), ranMs)).toEqual(expected)
  })
})
