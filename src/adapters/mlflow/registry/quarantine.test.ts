import { describe, expect, it } from 'vitest'
import { fakeMlflow, fakeVersion } from '../../../../test/fakes/mlflow.ts'
import { versionTags } from '../../../domain/registry/version-tags.ts'
import { ArtifactsNotListable, Busy } from '../http/faults.ts'
import { describeQuarantine, findQuarantineMatches, findVersionQuarantineMatches } from './quarantine.ts'

const quarantine = { [versionTags.quarantined]: 'OOMKilled' }
const details = { call: 'GET', detail: 'no', hint: 'Wait.' }

describe('findQuarantineMatches', () => {
  it('finds quarantined versions by their files, from the digest tag or the files themselves', async () => {
    const versions = [
      fakeVersion('1', { tags: { ...quarantine, [versionTags.artifactDigest]: 'same' } }),
      fakeVersion('2', { tags: quarantine, runId: 'same-files' }),
      fakeVersion('3', { tags: { ...quarantine, [versionTags.artifactDigest]: 'other' } }),
      fakeVersion('4', { tags: { [versionTags.artifactDigest]: 'same' } }),
    ]
    const found = await findQuarantineMatches(
      fakeMlflow({}, () => 'same'),
      { digest: 'same' },
      versions,
    )
    expect(found.map(({ number }) => number)).toEqual(['1', '2'])
    expect(
      await findQuarantineMatches(
        fakeMlflow({}, () => undefined),
        { digest: undefined },
        versions,
      ),
    ).toEqual([])
  })

  it('finds a version by its number, before others with the same files', async () => {
    const versions = [
      fakeVersion('1', { tags: { ...quarantine, [versionTags.artifactDigest]: 'same' } }),
      fakeVersion('2', { tags: { ...quarantine, [versionTags.artifactDigest]: 'another' } }),
    ]
    const numbers = async (digest: string | undefined) =>
      (await findQuarantineMatches(fakeMlflow(), { number: '2', digest }, versions)).map(
        ({ number }) => number,
      )
    expect(await numbers('same')).toEqual(['2', '1'])
    expect(await numbers(undefined)).toEqual(['2'])
  })

  it('ignores files that the server cannot list, but not an unreachable server', async () => {
    const versions = [fakeVersion('1', { tags: quarantine })]
    const failing = (error: Error) => ({ computeVersionDigest: () => Promise.reject(error) })
    expect(
      await findQuarantineMatches(failing(new ArtifactsNotListable(details)), { digest: 'same' }, versions),
    ).toEqual([])
    await expect(
      findQuarantineMatches(failing(new Busy(details)), { digest: 'same' }, versions),
    ).rejects.toThrow('Wait.')
  })

  it('finds a version with unlistable files by its number', async () => {
    const versions = [fakeVersion('1', { tags: quarantine }), fakeVersion('2', { tags: {} })]
    const unlisted = { computeVersionDigest: () => Promise.reject(new ArtifactsNotListable(details)) }
    const numbers = async (version = fakeVersion('9')) =>
      (await findVersionQuarantineMatches(unlisted, version, versions)).map(({ number }) => number)
    expect(await numbers(versions[0])).toEqual(['1'])
    expect(await numbers(versions[1])).toEqual([])
  })
})

describe('describeQuarantine', () => {
  const [one, other] = [fakeVersion('1', { tags: quarantine }), fakeVersion('2', { tags: quarantine })]

  it.each([
    ['its own tag', [one, other], 'OOMKilled'],
    [
      'the tag of a version with the same files',
      [other],
      'as version 2, which has the same files: OOMKilled',
    ],
    ['no tag', [], undefined],
  ])('%s', (_what, found, expected) => {
    expect(describeQuarantine(one, found)).toBe(expected)
  })
})
