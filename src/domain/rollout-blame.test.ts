import { expect, test } from 'vitest'
import { ledger } from './ledger.ts'
import { type FailedVersion, failureTags } from './rollout-blame.ts'

const crash: FailedVersion = {
  diagnosis: {
    reason: 'CrashLoopBackOff',
    pod: 'a',
    container: 'serve',
    init: false,
    exitCode: 1,
    said: 'Error',
  },
  hasServed: false,
  digest: 'aaa',
  judgedDigest: undefined,
  run: 'https://github.com/o/r/actions/runs/1',
  at: '2026-01-01T00:00:00Z',
}

test('its own crash is quarantined, with the digest by which the files are known again', () => {
  expect(failureTags(crash)).toEqual({
    [ledger.deployFailed]:
      '2026-01-01T00:00:00Z: CrashLoopBackOff (exit code 1) in pod a, container serve: Error',
    [ledger.runUrl]: crash.run,
    [ledger.quarantined]: 'CrashLoopBackOff (exit code 1) in pod a, container serve: Error',
    [ledger.quarantinedAt]: crash.at,
    [ledger.artifactDigest]: 'aaa',
  })
})

test('no digest is made up where the files are out of sight', () => {
  const tags = failureTags({ ...crash, digest: undefined })
  expect(tags).toHaveProperty([ledger.quarantined])
  expect(tags).not.toHaveProperty([ledger.artifactDigest])
})

test("gatekeeper's digest is never written over", () => {
  expect(failureTags({ ...crash, judgedDigest: 'bbb' })).not.toHaveProperty([ledger.artifactDigest])
})

test.each([
  ['a missing image', { ...crash, diagnosis: { reason: 'ImagePullBackOff', said: '' } as const }],
  [
    'a failed download',
    { ...crash, diagnosis: { ...crash.diagnosis, reason: 'InitContainerFailed', init: true } as const },
  ],
  [
    'a crash of which nobody has read the events',
    { ...crash, diagnosis: { ...crash.diagnosis, unexplained: true } },
  ],
  ['a rollout of what served before', { ...crash, hasServed: true }],
])('%s makes it suspect only', (_title, failed) => {
  const tags = failureTags(failed)
  expect(tags).toHaveProperty([ledger.suspect])
  expect(tags).not.toHaveProperty([ledger.quarantined])
})
