import { describe, expect, test } from 'vitest'
import type { UpgradeDiff } from '../../src/adapters/kubernetes/release/release.ts'
import { ArtifactsNotListable } from '../../src/adapters/mlflow/http/faults.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { deploy, registry, verdictTags } from '../../test/fakes/helm-deploy.ts'
import { type FakeMlflow, fakeVersion } from '../../test/fakes/mlflow.ts'
import { fakeRelease } from '../../test/fakes/release.ts'

describe('refused: the cluster is not changed, the outputs are set, the step fails', () => {
  const quarantined = fakeVersion('5', { runId: 'run8', tags: { [versionTags.quarantined]: 'it crashed' } })
  const withSameFiles = () => {
    const mlflow = registry()
    mlflow.allVersions.push(quarantined)
    return mlflow
  }
  test.each<[string, FakeMlflow, RegExp]>([
    ['without a verdict', registry({}), /no verdict/],
    ['rejected', registry({ ...verdictTags, [versionTags.verdict]: 'reject' }), /verdict "reject"/],
    [
      'with other files than at its verdict',
      registry({ ...verdictTags, [versionTags.artifactDigest]: 'other' }),
      /digest other, now/,
    ],
    [
      'in quarantine',
      registry({ ...verdictTags, [versionTags.quarantined]: 'it crashed' }),
      /quarantine \(it crashed\)/,
    ],
    [
      'its files are in quarantine under another number',
      withSameFiles(),
      /as version 5, which has the same files/,
    ],
    ['over a live version that was never promoted', registry(verdictTags, {}), /adopt: true/],
  ])('%s', async (_title, mlflow, said) => {
    const fake = fakeRelease(['7'])
    const { outcome } = await deploy(fake, {}, mlflow)
    expect(outcome.outputs).toMatchObject({
      outcome: 'refused',
      'live-model-version': '7',
      'live-revision': '1',
    })
    expect(outcome.failure).toBeInstanceOf(UserError)
    expect(outcome.failure?.message).toMatch(said)
    expect(fake.calls).toEqual(['close'])
    expect((await fake.release.lease.read())?.operation).toBeUndefined()
    expect(mlflow.writes).toEqual([])
  })
})

test('a release that its autoscaler scaled to zero: refused, nothing is changed', async () => {
  const fake = fakeRelease(['7'])
  const { readLive: live, compare } = fake.release
  fake.release.readLive = async () => {
    const found = await live()
    return found && { ...found, pods: [], rolloutComplete: false, desired: 0 }
  }
  fake.release.compare = async (order) => ({ ...(await compare(order)), omitsReplicas: true })
  const { outcome } = await deploy(fake)
  expect(outcome.outputs.outcome).toBe('refused')
  expect(outcome.failure?.message).toMatch(
    /^Release digits is scaled to zero: deployment\/digits asks for 0 pods/,
  )
  expect(fake.calls).toEqual(['close'])
})

describe('a version-from that cannot be right: refused, nothing is changed', () => {
  test('the rendered chart names something else', async () => {
    const fake = fakeRelease(['7'])
    const predictedVersion = { kind: 'known', version: 'rig' } as const
    fake.release.compare = async () => ({
      isUnchanged: false,
      predictedVersion,
      omitsReplicas: false,
      workload: 'deployment/digits',
    })
    const { outcome, mlflow } = await deploy(fake, { 'version-from': 'image-tag' })
    expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'live-revision': '1' })
    expect(outcome.failure?.message).toMatch(/^Input version-from: by image-tag, .* "rig", not 8/)
    expect(fake.calls).toEqual(['close'])
    expect(mlflow?.writes).toEqual([])
    expect((await fake.release.lease.read())?.operation).toBeUndefined()
  })
})

describe('what dry runs show is refused over a live release and before a first install', () => {
  const controller = { kind: 'HelmRelease', name: 'digits', namespace: 'ml' } as const
  const refusal = { reason: 'Denied', kind: 'Job', name: 'a', field: '', value: '', message: 'no' } as const
  test.each<[Partial<UpgradeDiff>, RegExp]>([
    [{ predictedVersion: { kind: 'known', version: undefined } }, /name no model version, not 8/],
    [{ modelDefault: 'acme/base' }, /its value model is "acme\/base"/],
    [{ refusals: [refusal] }, /^The API server refuses Job a: no\./],
    [{ controllers: [{ ...controller, state: 'active' }] }, /of Flux manages release digits/],
    [
      { stoppedBy: 'paused: true', refusals: [refusal] },
      /^The chart sets paused: true .*\nThe API server refuses Job a: no\./,
    ],
  ])('%j', async (found, said) => {
    for (const live of [['7'], []]) {
      const fake = fakeRelease(live)
      const { compare } = fake.release
      fake.release.compare = async (request) => ({ ...(await compare(request)), ...found })
      const { outcome, mlflow } = await deploy(fake, live.length === 0 ? { 'first-install': 'true' } : {})
      expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': '' })
      expect(outcome.failure?.message).toMatch(said)
      expect(fake.calls).toEqual(['close'])
      expect(mlflow?.writes).toEqual([])
      expect((await fake.release.lease.read())?.operation).toBeUndefined()
    }
  })

  test('a controller that cannot be read is a warning', async () => {
    const fake = fakeRelease(['7'])
    const { compare } = fake.release
    fake.release.compare = async (request) => ({
      ...(await compare(request)),
      controllers: [{ ...controller, state: 'unknown' }],
    })
    const { outcome, context } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(outcome.summary).toContain('which this job cannot read')
    expect(context.messages.join()).toContain('flux suspend helmrelease digits --namespace ml')
  })
})

test('an adopted champion may be deployed again without a verdict', async () => {
  const mlflow = registry({ [versionTags.adopted]: 'by ada' }, { champion: '8' })
  const { outcome } = await deploy(fakeRelease(['7']), {}, mlflow)
  expect(outcome.outputs.outcome).toBe('deployed')
})

describe('files that the tracking server cannot list', () => {
  const outOfSight = (tags: Tags, champion: string) => {
    const mlflow = registry(tags, { champion })
    mlflow.computeVersionDigest = async () => {
      throw new ArtifactsNotListable({
        call: 'GET x',
        detail: 'the files are at s3://b',
        hint: 'Register it.',
      })
    }
    return mlflow
  }

  test.each<[string, FakeMlflow, Record<string, string>]>([
    ['no verdict is required', outOfSight({}, '7'), { 'require-verdict': 'false' }],
    ['an adopted champion', outOfSight({ [versionTags.adopted]: 'by ada' }, '8'), {}],
  ])('%s: deployed, with a note', async (_title, mlflow, given) => {
    const { outcome } = await deploy(fakeRelease(['7']), given, mlflow)
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(outcome.summary).toMatch(/cannot list the files of version 8/)
  })

  test.each<[string, Tags, RegExp]>([
    ['with a verdict', verdictTags, /cannot list its files, so/],
    [
      'in quarantine itself',
      { ...verdictTags, [versionTags.quarantined]: 'it crashed' },
      /quarantine \(it crashed\)/,
    ],
  ])('%s: refused', async (_title, tags, said) => {
    const { outcome } = await deploy(fakeRelease(['7']), {}, outOfSight(tags, '7'))
    expect(outcome.outputs.outcome).toBe('refused')
    expect(outcome.failure?.message).toMatch(said)
  })
})

test('a missing chart or values file is an error of the input, before the cluster is read', async () => {
  const fake = fakeRelease(['7'])
  await expect(deploy(fake, { chart: 'nope' })).rejects.toThrow(/^Input chart: /)
  await expect(deploy(fake, { 'values-files': 'nope.yaml' })).rejects.toThrow(/^Input values-files: /)
  expect(fake.calls).toEqual([])
})

test('an unknown version is an error of the input', async () => {
  await expect(deploy(fakeRelease(['7']), { 'model-version': '9' })).rejects.toThrow(/has no version 9/)
})

describe('a rollout that could not be rolled back', () => {
  const obstacle = { text: 'Job a: spec.template: is immutable', hint: 'Make the Job a hook.' }
  const releaseWithTargets = () => {
    const fake = fakeRelease(['6', '7'])
    const mark = { model: 'fraud', digest: '', run: '', verifiedAt: '' }
    for (const { revision, updated, version } of fake.revisions)
      fake.verifiedRevisions.set(revision, { ...mark, revision, updated, version })
    return fake
  }

  test('is refused before anything is touched, with the object and the ways out', async () => {
    const fake = releaseWithTargets()
    fake.obstacles.set(1, [obstacle])
    fake.obstacles.set(2, [obstacle])
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'live-model-version': '7' })
    expect(outcome.failure?.message).toMatch(
      /revision 2 \(version 7\): Job a: spec\.template: is immutable.*Make the Job a hook\..*rollback-on-failure to false/,
    )
    expect(fake.calls).toEqual(['close'])
  })

  test.each<[string, number[], Record<string, string>, RegExp]>([
    ['an older revision is accepted', [2], {}, /rolled back to revision 1: .*revision 2/],
    ['no rollback is wanted', [1, 2], { 'rollback-on-failure': 'false' }, /./],
  ])('is started where %s', async (_title, blocked, inputs, note) => {
    const fake = releaseWithTargets()
    for (const revision of blocked) fake.obstacles.set(revision, [obstacle])
    const { outcome } = await deploy(fake, inputs)
    expect(outcome.outputs).toMatchObject({ outcome: 'deployed' })
    expect(outcome.summary?.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))).toMatch(
      note,
    )
  })

  test('is started where nothing is verified yet', async () => {
    const fake = fakeRelease(['7'], ['7'])
    fake.obstacles.set(1, [obstacle])
    const { outcome } = await deploy(fake, {}, undefined)
    expect(outcome.outputs).toMatchObject({ outcome: 'deployed' })
  })
})
