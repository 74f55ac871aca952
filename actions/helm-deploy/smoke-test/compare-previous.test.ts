import { expect, test } from 'vitest'
import type { PreviousStart } from '../../../src/adapters/kubernetes/smoke-test/previous-version.ts'
import { Fault } from '../../../src/domain/core/errors.ts'
import { versionTags } from '../../../src/domain/registry/version-tags.ts'
import { deploy, registry } from '../../../test/fakes/helm-deploy.ts'
import { type FakeRelease, fakeRelease } from '../../../test/fakes/release.ts'
import { workloadStatus } from '../../../test/fakes/workload-status.ts'

/** Version 8 exits with this last log line; the previous version starts as given. */
function releaseWith(
  line: string,
  start: PreviousStart | Error = { kind: 'started', beside: true },
): FakeRelease {
  const fake = fakeRelease(['7'], ['8'])
  const log = { pod: 'pod-8', container: 'serve', previous: true, text: `loading\n${line}\n` }
  fake.release.collectLogsAndEvents = async () => ({ logs: [log], events: [], gaps: [] })
  const { startPreviousVersion } = fake.release
  fake.release.startPreviousVersion = async (...given) => {
    await startPreviousVersion(...given)
    if (start instanceof Error) throw start
    return start
  }
  return fake
}
const comparisons = ({ calls }: FakeRelease) => calls.filter((call) => call.startsWith('compare'))

async function tagsAfter(fake: FakeRelease, inputs: Record<string, string> = {}) {
  const { mlflow, outcome } = await deploy(fake, inputs, registry())
  const { [versionTags.quarantined]: quarantined, [versionTags.suspect]: suspect } =
    mlflow?.allVersions[1]?.tags ?? {}
  return { quarantined, suspect, summary: outcome.summary ?? '' }
}

test.each<[string, string, RegExp]>([
  ['the model', 'UnpicklingError: invalid load key', /; the model's files do not unpickle$/],
  ['the surroundings', 'Connection refused', /; a connection failed$/],
])('the last log line of %s decides without a comparison', async (_title, line, cause) => {
  const fake = releaseWith(line)
  const { quarantined, suspect } = await tagsAfter(fake)
  expect(quarantined ?? suspect).toMatch(cause)
  expect(quarantined === undefined).toBe(line === 'Connection refused')
  expect(comparisons(fake)).toEqual([])
})

test.each<[string, PreviousStart | Error, RegExp, boolean]>([
  [
    'starts beside',
    { kind: 'started', beside: true },
    /; version 7 starts in the same pod template, in a pod/,
    true,
  ],
  [
    'has started since',
    { kind: 'started', beside: false },
    /; version 7 starts in the same pod template$/,
    true,
  ],
  ['exits, too', { kind: 'failed' }, /; version 7 exits in the same pod template, too$/, false],
  [
    'cannot be compared',
    { kind: 'not-comparable', cause: 'the charts differ' },
    /container serve: Error$/,
    false,
  ],
  ['is not known', new Fault({ system: 'Helm', call: 'x', detail: 'away', hint: 'Wait.' }), /Error$/, false],
])('an unclear exit, and the previous version %s', async (_title, start, cause, isQuarantined) => {
  const fake = releaseWith('ValueError: something', start)
  const { quarantined, suspect, summary } = await tagsAfter(fake)
  expect(isQuarantined ? quarantined : suspect).toMatch(cause)
  expect([quarantined, suspect].filter(Boolean)).toHaveLength(1)
  expect(comparisons(fake)).toEqual(['compare 8 with 7 of revision 1'])
  // It is compared once the release serves again.
  expect(fake.calls.indexOf('watch 7')).toBeLessThan(fake.calls.indexOf('compare 8 with 7 of revision 1'))
  expect(summary).toContain(isQuarantined ? 'is now in quarantine' : 'is suspect, not in quarantine')
})

test('why it was not compared is in the summary', async () => {
  const start = { kind: 'not-comparable', cause: 'the charts differ' } as const
  const { summary } = await tagsAfter(releaseWith('bad', start))
  expect(summary).toContain('The exit was not compared with the previous version&#58; the charts differ.')
})

test('a first install has no previous version, so an unclear exit is suspect', async () => {
  const fake = releaseWith('bad')
  fake.revisions.length = 0
  const { mlflow, outcome } = await deploy(fake, {}, registry(undefined, {}))
  expect(outcome.outputs.outcome).toBe('uninstalled')
  expect(mlflow?.allVersions[1]?.tags).toHaveProperty([versionTags.suspect])
  expect(comparisons(fake)).toEqual([])
})

test('a release that is kept is not compared', async () => {
  const fake = releaseWith('bad')
  expect((await tagsAfter(fake, { 'rollback-on-failure': 'false' })).quarantined).toBeUndefined()
  expect(comparisons(fake)).toEqual([])
})

test('a smoke test that exits for an unclear reason is compared with the live version', async () => {
  const fake = releaseWith('bad')
  fake.candidate.end = {
    kind: 'failed',
    diagnosis: {
      reason: 'CrashLoopBackOff',
      pod: 'pod-8',
      container: 'serve',
      exitCode: 1,
      message: 'Error',
    },
    observation: workloadStatus([]),
  }
  const { quarantined } = await tagsAfter(fake, { verify: '- {port: 8080, path: /health}' })
  expect(quarantined).toContain('version 7 starts in the same pod template')
  expect(comparisons(fake)).toEqual(['compare 8 with 7 of revision 1'])
})

test('evidence-logs: off keeps the log out of evidence and tags, not the fault that it shows', async () => {
  const { suspect, summary } = await tagsAfter(releaseWith('Connection refused'), { 'evidence-logs': 'off' })
  expect(suspect).toMatch(/; a connection failed$/)
  expect(summary).not.toContain('refused')
})
