import { describe, expect, it } from 'vitest'
import { ledger } from '../../domain/ledger.ts'
import { Busy, Unlisted } from './failures.ts'
import { fakeMlflow, fakeVersion } from './fake.ts'
import { quarantinedAs, sameInQuarantine, whyQuarantined } from './quarantine.ts'

const why = { [ledger.quarantined]: 'OOMKilled' }
const details = { call: 'GET', said: 'no', next: 'Wait.' }

describe('quarantinedAs', () => {
  it('finds versions in quarantine by their files, from the ledger or from the files themselves', async () => {
    const versions = [
      fakeVersion('1', { tags: { ...why, [ledger.artifactDigest]: 'same' } }),
      fakeVersion('2', { tags: why, runId: 'twin' }),
      fakeVersion('3', { tags: { ...why, [ledger.artifactDigest]: 'other' } }),
      fakeVersion('4', { tags: { [ledger.artifactDigest]: 'same' } }),
    ]
    const found = await quarantinedAs(
      fakeMlflow({}, () => 'same'),
      { digest: 'same' },
      versions,
    )
    expect(found.map(({ number }) => number)).toEqual(['1', '2'])
    expect(
      await quarantinedAs(
        fakeMlflow({}, () => undefined),
        { digest: undefined },
        versions,
      ),
    ).toEqual([])
  })

  it('knows a version also by its number, and names it before its twins', async () => {
    const versions = [
      fakeVersion('1', { tags: { ...why, [ledger.artifactDigest]: 'same' } }),
      fakeVersion('2', { tags: { ...why, [ledger.artifactDigest]: 'of before' } }),
    ]
    const numbers = async (digest: string | undefined) =>
      (await quarantinedAs(fakeMlflow(), { number: '2', digest }, versions)).map(({ number }) => number)
    expect(await numbers('same')).toEqual(['2', '1'])
    expect(await numbers(undefined)).toEqual(['2'])
  })

  it('passes over files that no server lists, but not over a server that is away', async () => {
    const versions = [fakeVersion('1', { tags: why })]
    const failing = (error: Error) => ({ artifactDigest: () => Promise.reject(error) })
    expect(await quarantinedAs(failing(new Unlisted(details)), { digest: 'same' }, versions)).toEqual([])
    await expect(quarantinedAs(failing(new Busy(details)), { digest: 'same' }, versions)).rejects.toThrow(
      'Wait.',
    )
  })

  it('knows a version whose own files no server lists by its number', async () => {
    const versions = [fakeVersion('1', { tags: why }), fakeVersion('2', { tags: {} })]
    const unlisted = { artifactDigest: () => Promise.reject(new Unlisted(details)) }
    const numbers = async (version = fakeVersion('9')) =>
      (await sameInQuarantine(unlisted, version, versions)).map(({ number }) => number)
    expect(await numbers(versions[0])).toEqual(['1'])
    expect(await numbers(versions[1])).toEqual([])
  })
})

describe('whyQuarantined', () => {
  const [one, other] = [fakeVersion('1', { tags: why }), fakeVersion('2', { tags: why })]

  it.each([
    ['by its own tag', [one, other], 'OOMKilled'],
    ['or by that of a twin', [other], 'as version 2, which has the same files: OOMKilled'],
    ['or not at all', [], undefined],
  ])('%s', (_what, found, said) => {
    expect(whyQuarantined(one, found)).toBe(said)
  })
})
