import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/domain/core/errors.ts'
import type { OtherRelease } from '../../src/domain/registry/champion-release.ts'
import { championReleaseTag, type Tags } from '../../src/domain/registry/version-tags.ts'
import { fakeContext } from '../../test/fakes/context.ts'
import { fakeMlflow, fakeVersion } from '../../test/fakes/mlflow.ts'
import { candidate, promoteVerdictTags, runPromote } from '../../test/fakes/promote.ts'
import { liveServing, releaseServing } from '../../test/fakes/serving-release.ts'

const tag = championReleaseTag('champion')
const oldRelease: OtherRelease = { name: 'old', model: 'fraud', version: '1' }

/** Champion 1 with these tags; version 2 serves in release `fraud`. */
async function promote(tags: Tags, others: OtherRelease[], given: Record<string, string> = {}) {
  const mlflow = fakeMlflow({
    versions: [fakeVersion('1', { runId: '1', tags }), candidate],
    aliases: { champion: '1' },
  })
  const live = liveServing('2')
  const fake = releaseServing(live)
  let listed = 0
  fake.release.listOtherReleases = async () => {
    listed += 1
    return others
  }
  const outcome = await runPromote(mlflow, { namespace: 'ml', ...given }, live, fakeContext(), fake)
  return { ...outcome, mlflow, listed }
}

describe('a champion that another release serves', () => {
  it.each<[string, Tags, OtherRelease[], RegExp]>([
    [
      'in this namespace',
      {},
      [oldRelease],
      /^Input release: version 2 serves in release prod\/ml\/fraud, but version 1 is champion, and release old serves it\. Nothing was written\. If fraud replaces it, uninstall old or set first-install to true once\. Set it as well if fraud served the champion before, which has no tag retrain\.release\.champion to say so\.$/,
    ],
    [
      'in this namespace, by its tags',
      { [tag]: 'ml/old' },
      [oldRelease],
      /uninstall old or set first-install to true once\.$/,
    ],
    [
      'in another namespace, by its tags',
      { [tag]: 'eu/fraud' },
      [],
      /it was promoted for release eu\/fraud\. Nothing was written\. If this release replaces it, set first-install to true once; .*champion-alias/,
    ],
    [
      'in another environment, which may be this one by its former name',
      { [tag]: 'production/ml/fraud' },
      [],
      /release production\/ml\/fraud\. Nothing was written\. If only the input environment was renamed, or this release replaces it, set first-install to true once;/,
    ],
  ])('keeps the alias: %s', async (_what, tags, others, message) => {
    const { failure, outputs, mlflow } = await promote(tags, others, { environment: 'prod' })
    expect(failure).toBeInstanceOf(UserError)
    expect(failure?.message).toMatch(message)
    expect(outputs).toEqual({ 'champion-version': '1', 'previous-version': 'none', changed: 'false' })
    expect(mlflow.writes).toEqual([])
  })

  it('gives the alias to this release with first-install', async () => {
    const { outputs, mlflow } = await promote({}, [oldRelease], { 'first-install': 'true' })
    expect(outputs).toMatchObject({ 'champion-version': '2', changed: 'true' })
    expect(mlflow.allVersions[1]?.tags[tag]).toBe('ml/fraud')
  })

  it('keeps the alias for a release of another alias only', async () => {
    const tags = { [championReleaseTag('staging')]: 'eu/fraud' }
    expect((await promote(tags, [])).outputs.changed).toBe('true')
  })
})

it('records the release, and then needs no look at the others', async () => {
  const { mlflow } = await promote({}, [], { environment: 'prod' })
  expect(mlflow.allVersions[1]?.tags[tag]).toBe('prod/ml/fraud')
  const { outputs, listed } = await promote({ [tag]: 'prod/ml/fraud' }, [oldRelease])
  expect(outputs.changed).toBe('true')
  expect(listed).toBe(0)
})

it('records no release with proof: none', async () => {
  const { outputs, mlflow } = await promote({ [tag]: 'eu/fraud' }, [], { proof: 'none' })
  expect(outputs.changed).toBe('true')
  expect(mlflow.allVersions[1]?.tags).not.toHaveProperty(tag)
})

it('moves a champion that serves in two releases to this one with first-install, and once only', async () => {
  const promoted = {
    ...promoteVerdictTags,
    'retrain.promoted-at': '2026-01-01T00:00:00.000Z',
    [tag]: 'eu/fraud',
  }
  const mlflow = fakeMlflow({
    versions: [fakeVersion('2', { runId: '2', tags: promoted })],
    aliases: { champion: '2' },
  })
  expect((await runPromote(mlflow, { namespace: 'ml' })).failure).toBeUndefined()
  expect(mlflow.writes).toEqual([])
  for (const _ of ['once', 'again']) {
    const { outputs } = await runPromote(mlflow, { namespace: 'ml', 'first-install': 'true' })
    expect(outputs).toMatchObject({ 'champion-version': '2', changed: 'false' })
  }
  expect(mlflow.allVersions[0]?.tags[tag]).toBe('ml/fraud')
  expect(mlflow.writes).toHaveLength(1)
})
