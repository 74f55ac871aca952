import { expect, test } from 'vitest'
import { versionTags } from '../registry/version-tags.ts'
import { buildFailureTags, type FailedVersion } from './failure-tags.ts'

const crash: FailedVersion = {
  diagnosis: {
    reason: 'CrashLoopBackOff',
    pod: 'a',
    container: 'serve',
    init: false,
    exitCode: 1,
    message: 'Error',
    faultSource: { of: 'model', cause: "the model's files are corrupt" },
  },
  hasServed: false,
  digest: 'aaa',
  verdictDigest: undefined,
  run: 'https://github.com/o/r/actions/runs/1',
  at: '2026-01-01T00:00:00Z',
}

test('a crash by the model is quarantined, with the digest of its files', () => {
  expect(buildFailureTags(crash)).toEqual({
    [versionTags.deployFailed]:
      "2026-01-01T00:00:00Z: CrashLoopBackOff (exit code 1) in pod a, container serve: Error; the model's files are corrupt",
    [versionTags.runUrl]: crash.run,
    [versionTags.quarantined]:
      "CrashLoopBackOff (exit code 1) in pod a, container serve: Error; the model's files are corrupt",
    [versionTags.quarantinedAt]: crash.at,
    [versionTags.artifactDigest]: 'aaa',
  })
})

test('no digest is written if the files cannot be listed', () => {
  const tags = buildFailureTags({ ...crash, digest: undefined })
  expect(tags).toHaveProperty([versionTags.quarantined])
  expect(tags).not.toHaveProperty([versionTags.artifactDigest])
})

test("gatekeeper's digest is never overwritten", () => {
  expect(buildFailureTags({ ...crash, verdictDigest: 'bbb' })).not.toHaveProperty([
    versionTags.artifactDigest,
  ])
})

test.each([
  ['a missing image', { ...crash, diagnosis: { reason: 'ImagePullBackOff', message: '' } as const }],
  [
    'a failed download',
    {
      ...crash,
      diagnosis: {
        ...crash.diagnosis,
        reason: 'InitContainerFailed',
        init: true,
        faultSource: { of: 'surroundings', cause: 'a connection failed' },
      } as const,
    },
  ],
  [
    'an unclear exit',
    { ...crash, diagnosis: { reason: 'CrashLoopBackOff', exitCode: 1, message: 'Error' } as const },
  ],
  ['a sidecar', { ...crash, diagnosis: { ...crash.diagnosis, sidecar: true } }],
  ['a probe that is too short', { ...crash, diagnosis: { ...crash.diagnosis, killedByProbe: true } }],
  ['a smoke test pod that differs', { ...crash, diagnosis: { ...crash.diagnosis, fromSmokeTest: true } }],
  [
    'a crash whose events were not read',
    { ...crash, diagnosis: { ...crash.diagnosis, eventsUnavailable: true } },
  ],
  ['a rollout of files that served before', { ...crash, hasServed: true }],
])('%s makes the version suspect only', (_title, failed) => {
  const tags = buildFailureTags(failed)
  expect(tags).toHaveProperty([versionTags.suspect])
  expect(tags).not.toHaveProperty([versionTags.quarantined])
})
