import { expect, test } from 'vitest'
import { createLogStream } from './log-stream.ts'

const read = (...entries: (object | string)[]) => {
  const printed: string[] = []
  const stream = createLogStream(
    (line) => printed.push(line),
    (text) => text.replaceAll('secret', '***'),
  )
  for (const entry of entries) stream.read(typeof entry === 'string' ? entry : JSON.stringify(entry))
  return { printed, skippedJobs: stream.skippedJobs(), isImageMissing: stream.isImageMissing() }
}

const step = { job: 'a/Train ', step: 'train', stage: 'Main', raw_output: true }

test('each step has one heading, and results follow', () => {
  const { printed } = read(
    { job: 'a/Train', msg: 'internal message' },
    { ...step, msg: 'one\ntwo\n' },
    { ...step, msg: 'three' },
    { job: 'a/Train', step: 'train', stage: 'Main', command: 'warning', arg: 'odd', msg: '  ::warning::odd' },
    { ...step, stage: 'Post', msg: 'clean', step: 'train\nmore' },
    { job: 'a/Train', step: 'train', stepResult: 'failure' },
    { job: 'a/Train', jobResult: 'failure' },
  )
  expect(printed).toEqual([
    ...[
      '\na/Train · train',
      '  one',
      '  two',
      '  three',
      '  warning: odd',
      '\na/Train · Post · train',
      '  clean',
    ],
    ...['  failed: train', 'a/Train: failure'],
  ])
})

test('secrets are masked, and control characters do not reach the terminal', () => {
  const { printed } = read({ ...step, msg: 'a secret \u001b]0;title\u0007\u009b2J\tb' })
  expect(printed[1]).toBe('  a *** ]0;title2J\tb')
})

test('a job that act skips for its runner is reported', () => {
  const entry = { job: 'b', msg: '🚧  Skipping unsupported platform -- Try running with `-P x=...`' }
  expect(read(entry, 'no JSON', '', entry).skippedJobs).toEqual(['b'])
  expect(read(step).skippedJobs).toEqual([])
})

test.each([
  ['ImagePullBackOff in pod fraud-0, container serve', true],
  ['NotImagePullBackOffs, all pods ready', false],
])('an image that the rig does not have is found: %j', (msg, expected) => {
  expect(read({ ...step, msg }).isImageMissing).toBe(expected)
  expect(read({ msg }).isImageMissing).toBe(false)
})
