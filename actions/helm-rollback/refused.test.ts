import { describe, expect, test } from 'vitest'
import { Fault, UserError } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { parseInputs } from '../../test/fakes/context.ts'
import {
  fakeRegistry,
  hoursAgo,
  isUntouched,
  runHelmRollback,
  verifiedReleaseWith,
} from '../../test/fakes/helm-rollback.ts'
import type { FakeMlflow } from '../../test/fakes/mlflow.ts'
import type { FakeRelease } from '../../test/fakes/release.ts'
import { contract } from './contract.ts'

describe('a refusal changes nothing, names the reason, and the step succeeds', () => {
  const mlflow = () => fakeRegistry({ 7: {}, 8: {} })
  test.each<[string, FakeRelease, Record<string, string>, FakeMlflow, RegExp, string]>([
    [
      'another version is live',
      verifiedReleaseWith(['7', '8']),
      { 'bad-model-version': '7' },
      mlflow(),
      /serves version 8, not 7/,
      'false',
    ],
    [
      'the alert fired before the promotion',
      verifiedReleaseWith(['7', '8']),
      { 'fired-at': hoursAgo(2) },
      mlflow(),
      /before version 8 was promoted at .* refers to an earlier version/,
      'false',
    ],
    [
      'the champion is old',
      verifiedReleaseWith(['7', '8']),
      {},
      fakeRegistry({ 7: {}, 8: { [versionTags.promotedAt]: hoursAgo(80) } }),
      /it has drifted, so retrain it/,
      'true',
    ],
    [
      'the window is narrower',
      verifiedReleaseWith(['7', '8']),
      { 'rollback-window': '30m' },
      mlflow(),
      /longer than rollback-window \(30 minutes\)/,
      'true',
    ],
    [
      'only one version was ever verified',
      verifiedReleaseWith(['7', '8'], ['7']),
      {},
      mlflow(),
      /no earlier verified revision/,
      'true',
    ],
  ])('%s', async (_title, fake, given, registered, why, retrain) => {
    const { outputs, failure, context } = await runHelmRollback(fake, given, { mlflow: registered })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '8',
      'live-revision': '2',
      'retrain-advised': retrain,
    })
    expect(outputs.reason).toMatch(why)
    expect(fake.calls).toEqual(['close'])
    expect(context.state).toEqual({ lease: '' })
    const failing = await runHelmRollback(fake, { ...given, 'on-refused': 'fail' }, { mlflow: registered })
    expect(failing.failure?.message).toMatch(why)
    expect(failing.outputs).toEqual(outputs)
  })

  test('another job deployed in the meantime', async () => {
    const fake = verifiedReleaseWith(['7', '8'])
    const { history } = fake.release
    let reads = 0
    fake.release.history = async () => {
      const lines = await history()
      reads += 1
      return reads < 3 ? lines : [...lines, { ...lines[1], revision: 3 } as (typeof lines)[number]]
    }
    const { outputs } = await runHelmRollback(fake, {}, { mlflow: mlflow() })
    expect(outputs.outcome).toBe('refused')
    expect(outputs.reason).toContain('another job changed release digits in the meantime')
    expect(isUntouched(fake)).toBe(true)
  })
})

describe('a user error fails the step and changes nothing', () => {
  const held = verifiedReleaseWith(['7', '8'])
  const last = held.revisions.at(-1)
  if (last) held.revisions.push({ ...last, revision: 3, status: 'pending-upgrade' })
  const halfway = verifiedReleaseWith(['7', '8', '7'])
  Object.assign(halfway.revisions.at(-1) ?? {}, { status: 'failed', isRollback: true })
  const foreign = verifiedReleaseWith(['7', '8'])
  const { readLive: live } = foreign.release
  foreign.release.readLive = async () => {
    const now = await live()
    return now && { ...now, releaseModel: 'other' }
  }
  test.each<[string, FakeRelease, Record<string, string>, RegExp]>([
    [
      'another helm is running',
      held,
      {},
      /^Release digits is locked: revision 3 is pending-upgrade .*"helm rollback digits 2 --namespace ml"/,
    ],
    ['no such release', verifiedReleaseWith([]), {}, /Input release: digits has no deployed revision/],
    [
      'Helm has no deployed revision after a rollback that failed',
      halfway,
      {},
      /^Release digits has no deployed revision \(its last one, 3, is failed\), .* "helm rollback digits REVISION"/,
    ],
    ['the release of another model', foreign, {}, /Input release: digits serves the model "other"/],
    [
      'an unverified revision',
      verifiedReleaseWith(['6', '7', '8'], ['7']),
      { 'to-revision': '2' },
      /revision 2 .* was never verified.* 1 \(version 6\)/,
    ],
  ])('%s', async (_title, fake, given, why) => {
    const { outputs, failure } = await runHelmRollback(fake, given, {
      mlflow: fakeRegistry({ 6: {}, 7: {}, 8: {} }),
    })
    expect(failure).toBeInstanceOf(UserError)
    expect(failure?.message).toMatch(why)
    expect(outputs.outcome).toBe('refused')
    expect(isUntouched(fake)).toBe(true)
  })

  test('an unreachable cluster is reported as the reason', async () => {
    const fake = verifiedReleaseWith(['7', '8'])
    fake.release.checkPermissions = async () => {
      throw new Fault({
        system: 'Kubernetes',
        call: 'kubectl create',
        detail: 'connection refused',
        hint: 'Look.',
      })
    }
    const { outputs, failure } = await runHelmRollback(fake)
    expect(failure).toBeInstanceOf(Fault)
    expect(outputs).toEqual({
      outcome: 'refused',
      reason: 'Kubernetes: kubectl create failed: connection refused. Look.',
    })
  })

  test('all invalid inputs are reported at once, including a missing version', () => {
    const given = {
      release: 'digits',
      'model-name': 'fraud',
      'fired-at': 'noon',
      'to-revision': '0',
      'rollback-window': '3',
    }
    expect(() => parseInputs(contract, given, {})).toThrow(
      /bad-model-version: is required[\s\S]*fired-at: "noon"[\s\S]*rollback-window: "3"[\s\S]*to-revision: "0"/,
    )
  })
})
