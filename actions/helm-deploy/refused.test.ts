import { describe, expect, test } from 'vitest'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { type FakeMlflow, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { deploy, judged, registry } from '../../test/fakes/helm-deploy.ts'
import { releaseWith } from '../../test/fakes/release.ts'

describe('refused: the cluster is not touched, the outputs are set, the step is red', () => {
  const quarantined = fakeVersion('5', { runId: 'run8', tags: { [ledger.quarantined]: 'it crashed' } })
  const withSameFiles = () => {
    const mlflow = registry()
    mlflow.all.push(quarantined)
    return mlflow
  }
  test.each<[string, FakeMlflow, RegExp]>([
    ['without a verdict', registry({}), /no verdict/],
    ['rejected', registry({ ...judged, [ledger.verdict]: 'reject' }), /verdict "reject"/],
    [
      'judged with other files',
      registry({ ...judged, [ledger.artifactDigest]: 'other' }),
      /digest other, now/,
    ],
    [
      'in quarantine',
      registry({ ...judged, [ledger.quarantined]: 'it crashed' }),
      /quarantine \(it crashed\)/,
    ],
    [
      'its files are in quarantine under another number',
      withSameFiles(),
      /as version 5, which has the same files/,
    ],
    ['something serves that was never promoted', registry(judged, {}), /adopt: true/],
  ])('%s', async (_title, mlflow, said) => {
    const fake = releaseWith(['7'])
    const { outcome, context } = await deploy(fake, {}, mlflow)
    expect(outcome.outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '7',
      'live-revision': '1',
    })
    expect(outcome.failure).toBeInstanceOf(UserError)
    expect(outcome.failure?.message).toMatch(said)
    expect(fake.calls).toEqual(['close'])
    expect(context.state.rollout).toBeUndefined()
    expect(mlflow.writes).toEqual([])
  })
})

test('a release that its autoscaler sent to sleep: refused, nothing is touched', async () => {
  const fake = releaseWith(['7'])
  const { live, compare } = fake.release
  fake.release.live = async () => {
    const found = await live()
    return found && { ...found, pods: [], settled: false, desired: 0 }
  }
  fake.release.compare = async (order) => ({ ...(await compare(order)), leavesReplicas: true })
  const { outcome } = await deploy(fake)
  expect(outcome.outputs.outcome).toBe('refused')
  expect(outcome.failure?.message).toMatch(/^Release digits is asleep: deployment\/digits asks for 0 pods/)
  expect(fake.calls).toEqual(['close'])
})

describe('a version-from that cannot be right: refused, nothing is touched', () => {
  test('the rendered chart names something else there', async () => {
    const fake = releaseWith(['7'])
    const foretold = { kind: 'named', version: 'rig' } as const
    fake.release.compare = async () => ({ same: false, foretold, leavesReplicas: false })
    const { outcome, mlflow, context } = await deploy(fake, { 'version-from': 'image-tag' })
    expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'live-revision': '1' })
    expect(outcome.failure?.message).toMatch(/^Input version-from: by image-tag, .* "rig", not 8/)
    expect(fake.calls).toEqual(['close'])
    expect(mlflow?.writes).toEqual([])
    expect(context.state.rollout).toBeUndefined()
  })
})

test('what was adopted as champion may be deployed again, though nobody judged it', async () => {
  const mlflow = registry({ [ledger.adopted]: 'by ada' }, { champion: '8' })
  const { outcome } = await deploy(releaseWith(['7']), {}, mlflow)
  expect(outcome.outputs.outcome).toBe('deployed')
})

describe('files that the tracking server cannot list', () => {
  const outOfSight = (tags: Tags, champion: string) => {
    const mlflow = registry(tags, { champion })
    mlflow.artifactDigest = async () => {
      throw new Unlisted({ call: 'GET x', said: 'the files are at s3://b', next: 'Register it.' })
    }
    return mlflow
  }

  test.each<[string, FakeMlflow, Record<string, string>]>([
    ['no verdict is required', outOfSight({}, '7'), { 'require-verdict': 'false' }],
    ['an adopted champion', outOfSight({ [ledger.adopted]: 'by ada' }, '8'), {}],
  ])('%s: deployed, with a note', async (_title, mlflow, given) => {
    const { outcome } = await deploy(releaseWith(['7']), given, mlflow)
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(outcome.summary).toMatch(/cannot list the files of version 8/)
  })

  test.each<[string, Tags, RegExp]>([
    ['judged once', judged, /cannot list its files now/],
    ['in quarantine itself', { ...judged, [ledger.quarantined]: 'it crashed' }, /quarantine \(it crashed\)/],
  ])('%s: refused', async (_title, tags, said) => {
    const { outcome } = await deploy(releaseWith(['7']), {}, outOfSight(tags, '7'))
    expect(outcome.outputs.outcome).toBe('refused')
    expect(outcome.failure?.message).toMatch(said)
  })
})

test('a chart or values file that is not there is an error of the input, before the cluster is asked', async () => {
  const fake = releaseWith(['7'])
  await expect(deploy(fake, { chart: 'nope' })).rejects.toThrow(/^Input chart: /)
  await expect(deploy(fake, { 'values-files': 'nope.yaml' })).rejects.toThrow(/^Input values-files: /)
  expect(fake.calls).toEqual([])
})

test('a version that the registry does not know is an error of the input', async () => {
  await expect(deploy(releaseWith(['7']), { 'model-version': '9' })).rejects.toThrow(/has no version 9/)
})
