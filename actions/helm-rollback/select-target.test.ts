import { describe, expect, test } from 'vitest'
import { ArtifactsNotListable } from '../../src/adapters/mlflow/http/faults.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import {
  fakeRegistry,
  hoursAgo,
  isUntouched,
  runHelmRollback,
  verifiedReleaseWith,
} from '../../test/fakes/helm-rollback.ts'
import { type FakeMlflow, fakeRun, fakeVersion } from '../../test/fakes/mlflow.ts'

describe('an ineligible target is skipped, and the summary says why', () => {
  const quarantined = { [versionTags.quarantined]: 'OOMKilled' }
  const deleted = () => {
    const mlflow = fakeRegistry({ 6: {}, 7: {}, 8: {} })
    mlflow.runs.set('run7', fakeRun('run7', { deleted: true }))
    return mlflow
  }
  const without = (change: (mlflow: FakeMlflow) => void) => {
    const mlflow = fakeRegistry({ 6: {}, 7: {}, 8: {} })
    change(mlflow)
    return mlflow
  }
  const pending = without((mlflow) => {
    mlflow.allVersions[1] = { ...(mlflow.allVersions[1] ?? fakeVersion('7')), status: 'FAILED_REGISTRATION' }
  })
  const emptied = without((mlflow) => {
    const { listArtifacts: list } = mlflow
    const others = [
      { path: 'model.pkl', isFolder: false, size: 1 },
      { path: 'MLmodel', isFolder: true, size: undefined },
    ]
    mlflow.listArtifacts = async (place) =>
      place.kind === 'logged-model' && place.id === 'm-run7' ? others : list(place)
  })
  const sameFiles = {
    5: { ...quarantined, [versionTags.artifactDigest]: 'same' },
    6: {},
    7: { [versionTags.artifactDigest]: 'same' },
    8: {},
  }
  test.each<[string, FakeMlflow, RegExp]>([
    [
      'in quarantine',
      fakeRegistry({ 6: {}, 7: quarantined, 8: {} }),
      /version 7 is in quarantine: OOMKilled/,
    ],
    [
      'its files are in quarantine under another number',
      fakeRegistry(sameFiles),
      /is in quarantine as version 5, which has the same files/,
    ],
    [
      'it has the same files as the bad version',
      fakeRegistry({ 6: {}, 7: { [versionTags.artifactDigest]: 'digest-of-run8' }, 8: {} }),
      /has the same files as version 8/,
    ],
    [
      'it was demoted',
      fakeRegistry({
        6: {},
        7: { [versionTags.demotedAt]: hoursAgo(0.5), [versionTags.demotedReason]: 'slow' },
        8: {},
      }),
      /was demoted .*slow/,
    ],
    ['its run is deleted', deleted(), /has lost its run: run7 is deleted/],
    ['its run is gone', without((mlflow) => mlflow.runs.delete('run7')), /has lost its run/],
    ['it is not READY', pending, /is FAILED_REGISTRATION, not READY/],
    ['it has no MLmodel', emptied, /has no MLmodel file/],
    [
      'it is no longer registered',
      without((mlflow) => mlflow.allVersions.splice(1, 1)),
      /is no longer in the registry/,
    ],
  ])('%s', async (_title, mlflow, message) => {
    const fake = verifiedReleaseWith(['6', '7', '8'])
    const { outputs, summary } = await runHelmRollback(fake, {}, { mlflow })
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '6' })
    expect(summary?.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))).toMatch(message)

    const only = verifiedReleaseWith(['7', '8'])
    const refused = await runHelmRollback(only, {}, { mlflow })
    expect(refused.outputs).toMatchObject({ outcome: 'refused', 'retrain-advised': 'true', evidence: '' })
    expect(refused.outputs.reason).toMatch(message)
    expect(refused.failure).toBeUndefined()
    expect(isUntouched(only)).toBe(true)

    const asked = await runHelmRollback(
      verifiedReleaseWith(['6', '7', '8']),
      { 'to-revision': '2' },
      { mlflow },
    )
    expect(asked.failure).toBeInstanceOf(UserError)
    expect(asked.failure?.message).toMatch(/^Input to-revision: /)
  })
})

test('a target with unverifiable files is eligible: it was verified serving', async () => {
  const mlflow = fakeRegistry({ 6: {}, 7: {}, 8: {} })
  mlflow.locateArtifacts = async () => {
    throw new ArtifactsNotListable({ call: 'GET x', detail: 'the files are at s3://b', hint: 'Register it.' })
  }
  const { outputs } = await runHelmRollback(verifiedReleaseWith(['6', '7', '8']), {}, { mlflow })
  expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '7' })
})

describe('a target that the cluster does not accept', () => {
  const obstacle = { text: 'Job a: spec.template: field is immutable', hint: 'Run "kubectl delete job a".' }

  test('is passed over for an older one, and the summary says why', async () => {
    const fake = verifiedReleaseWith(['6', '7', '8'])
    fake.obstacles.set(2, [obstacle])
    const { outputs, summary } = await runHelmRollback(fake)
    expect(outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '6' })
    expect(summary?.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))).toContain(
      'the cluster does not accept revision 2 (version 7): Job a: spec.template',
    )
  })

  test('refuses the rollback where there is no other one: a person must act, so the step fails', async () => {
    const fake = verifiedReleaseWith(['6', '7', '8'])
    fake.obstacles.set(1, [obstacle])
    fake.obstacles.set(2, [obstacle])
    const { outputs, failure } = await runHelmRollback(fake)
    expect(outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '8',
      'retrain-advised': 'true',
    })
    expect(failure?.message).toMatch(
      /^Release digits was not changed and still serves version 8.*"kubectl delete job a"/,
    )
    expect(isUntouched(fake)).toBe(true)
    expect((await fake.release.lease.read())?.operation).toBeUndefined()
  })
})
