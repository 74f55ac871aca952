import { describe, expect, test } from 'vitest'
import type { FakeMlflow } from '../../src/adapters/mlflow/fake.ts'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { parseInputs } from '../../test/fakes/context.ts'
import { hoursAgo, registry, rollBack, served, untouched } from '../../test/fakes/helm-rollback.ts'
import type { FakeRelease } from '../../test/fakes/release.ts'
import { contract } from './contract.ts'

describe('refused: nothing is touched, the output says why, the step is green', () => {
  const mlflow = () => registry({ 7: {}, 8: {} })
  test.each<[string, FakeRelease, Record<string, string>, FakeMlflow, RegExp, string]>([
    [
      'another version is live',
      served(['7', '8']),
      { 'bad-model-version': '7' },
      mlflow(),
      /serves version 8, not 7/,
      'false',
    ],
    [
      'fired before the promotion',
      served(['7', '8']),
      { 'fired-at': hoursAgo(2) },
      mlflow(),
      /before version 8 was promoted/,
      'false',
    ],
    [
      'an old champion',
      served(['7', '8']),
      {},
      registry({ 7: {}, 8: { [ledger.promotedAt]: hoursAgo(80) } }),
      /the cure is a retrain/,
      'true',
    ],
    [
      'a narrower window',
      served(['7', '8']),
      { 'rollback-window': '30m' },
      mlflow(),
      /longer than rollback-window \(30 minutes\)/,
      'true',
    ],
    [
      'only one was ever good',
      served(['7', '8'], ['7']),
      {},
      mlflow(),
      /earlier revision .* was seen good/,
      'true',
    ],
  ])('%s', async (_title, fake, given, registered, why, retrain) => {
    const { outputs, failure, context } = await rollBack(fake, given, { mlflow: registered })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '8',
      'live-revision': '2',
      'retrain-advised': retrain,
    })
    expect(outputs.reason).toMatch(why)
    expect(fake.calls).toEqual(['close'])
    expect(context.state).toEqual({})
    const red = await rollBack(fake, { ...given, 'on-refused': 'fail' }, { mlflow: registered })
    expect(red.failure?.message).toMatch(why)
    expect(red.outputs).toEqual(outputs)
  })

  test('someone deployed in the meantime', async () => {
    const fake = served(['7', '8'])
    const { history } = fake.release
    let reads = 0
    fake.release.history = async () => {
      const lines = await history()
      reads += 1
      return reads < 3 ? lines : [...lines, { ...lines[1], revision: 3 } as (typeof lines)[number]]
    }
    const { outputs } = await rollBack(fake, {}, { mlflow: mlflow() })
    expect(outputs.outcome).toBe('refused')
    expect(outputs.reason).toContain('someone else changed release digits in the meantime')
    expect(untouched(fake)).toBe(true)
  })
})

describe('errors of the order are red, and nothing is touched', () => {
  const held = served(['7', '8'])
  const last = held.revisions.at(-1)
  if (last) held.revisions.push({ ...last, revision: 3, status: 'pending-upgrade' })
  const halfway = served(['7', '8', '7'])
  Object.assign(halfway.revisions.at(-1) ?? {}, { status: 'failed', description: 'Rollback "digits" failed' })
  const foreign = served(['7', '8'])
  const { live } = foreign.release
  foreign.release.live = async () => {
    const now = await live()
    return now && { ...now, releaseModel: 'other' }
  }
  test.each<[string, FakeRelease, Record<string, string>, RegExp]>([
    ['another helm is at work', held, {}, /is held: its revision 3 is pending-upgrade/],
    ['no such release', served([]), {}, /Input release: digits has no deployed revision/],
    [
      'Helm has no deployed revision after a rollback that failed',
      halfway,
      {},
      /^Release digits has no deployed revision \(its last one, 3, is failed\), .* "helm rollback digits REVISION"/,
    ],
    ['the release of another model', foreign, {}, /Input release: digits serves the model "other"/],
    [
      'an unproven revision',
      served(['6', '7', '8'], ['7']),
      { 'to-revision': '2' },
      /revision 2 .* was never seen good.* 1 \(version 6\)/,
    ],
  ])('%s', async (_title, fake, given, why) => {
    const { outputs, failure } = await rollBack(fake, given, { mlflow: registry({ 6: {}, 7: {}, 8: {} }) })
    expect(failure).toBeInstanceOf(UserError)
    expect(failure?.message).toMatch(why)
    expect(outputs.outcome).toBe('refused')
    expect(untouched(fake)).toBe(true)
  })

  test('a cluster that does not answer is the reason', async () => {
    const fake = served(['7', '8'])
    fake.release.checkRights = async () => {
      throw new Fault({
        system: 'Kubernetes',
        call: 'kubectl create',
        said: 'connection refused',
        next: 'Look.',
      })
    }
    const { outputs, failure } = await rollBack(fake)
    expect(failure).toBeInstanceOf(Fault)
    expect(outputs).toEqual({
      outcome: 'refused',
      reason: 'Kubernetes: kubectl create failed: connection refused. Look.',
    })
  })

  test('every bad input at once, and an alert that names no version', () => {
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
