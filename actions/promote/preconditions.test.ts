import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { LiveRelease } from '../../src/domain/release/live-release.ts'
import { fakeContext } from '../../test/fakes/context.ts'
import { fakeMlflow, fakeVersion } from '../../test/fakes/mlflow.ts'
import {
  candidate,
  champion,
  fakeRegistry,
  promoteVerdictTags,
  runPromote,
  runPromoteOrThrow,
} from '../../test/fakes/promote.ts'
import { liveServing, releaseServing } from '../../test/fakes/serving-release.ts'

describe('promote refuses', () => {
  it.each<[string, LiveRelease | undefined, RegExp]>([
    ['the release is not deployed', undefined, /no deployed revision/],
    [
      'no pod is ready',
      liveServing('2', { pods: [{ name: 'pod', ready: false, version: '2' }] }),
      /unknown what .*: no pod of/,
    ],
    ['another version serves', liveServing('1'), /serve version 1, not 2/],
    [
      'the values name another version',
      liveServing('2', { releaseVersion: '1' }),
      /values of .* say version 1/,
    ],
  ])('writes nothing if %s', async (_, seen, message) => {
    const mlflow = fakeRegistry()
    const promoting = runPromoteOrThrow(mlflow, {}, seen as LiveRelease, fakeContext(), releaseServing(seen))
    await expect(promoting).rejects.toThrow(message)
    await expect(promoting).rejects.toBeInstanceOf(UserError)
    expect(mlflow.writes).toEqual([])
  })

  it.each([
    ['another champion', { champion: '3' }, '1', /evaluated against 1, but the champion is now 3/],
    [
      'a champion where there was none',
      { champion: '1' },
      'none',
      /evaluated against none, but the champion is now 1/,
    ],
    ['a champion that is gone', {}, '1', /evaluated against 1, but the champion is now none/],
    ['an unclear champion', { previous: '1' }, 'none', /is now unclear \(.*previous points at version 1/],
  ])('refuses an unexpected champion: %s', async (_, aliases, expected, message) => {
    const mlflow = fakeMlflow({
      versions: [champion, candidate, fakeVersion('3')],
      aliases: aliases as Record<string, string>,
    })
    await expect(runPromoteOrThrow(mlflow, { 'expected-champion': expected })).rejects.toThrow(message)
    expect(mlflow.writes).toEqual([])
  })

  it.each<[string, Record<string, string>, Record<string, string>, string, string]>([
    ['an unexpected champion', { champion: '1', previous: '3' }, { 'expected-champion': 'none' }, '1', '3'],
    ['no proof', { champion: '1' }, { 'model-version': '3' }, '1', 'none'],
    ['the champion is unclear', { previous: '1' }, { 'expected-champion': 'none' }, '', '1'],
    ['there is none', {}, { 'expected-champion': '1' }, 'none', 'none'],
  ])('outputs the current champion when it refuses: %s', async (_, aliases, given, now, before) => {
    const mlflow = fakeMlflow({ versions: [champion, candidate, fakeVersion('3')], aliases })
    const { outputs, failure } = await runPromote(mlflow, given)
    expect(failure).toBeInstanceOf(UserError)
    expect(outputs).toEqual({ 'champion-version': now, 'previous-version': before, changed: 'false' })
    expect(mlflow.writes).toEqual([])
  })

  it('reports a conflict with another job while writing', async () => {
    const mlflow = fakeRegistry()
    const read = mlflow.getModel
    mlflow.getModel = async (name) => {
      if (mlflow.writes.length > 0) mlflow.aliases.set('champion', '3')
      return read(name)
    }
    await expect(runPromoteOrThrow(mlflow)).rejects.toThrow(/Conflict: another job set champion to version 3/)
  })

  it('refuses a quarantined version, also by its files, until clear-quarantine gives a reason', async () => {
    const bad = {
      ...promoteVerdictTags,
      [versionTags.quarantined]: 'OOMKilled',
      [versionTags.quarantinedAt]: 'then',
    }
    const sameFiles = fakeVersion('5', { tags: bad })
    const mlflow = fakeMlflow({ versions: [champion, candidate, sameFiles], aliases: { champion: '1' } })
    await expect(runPromoteOrThrow(mlflow)).rejects.toThrow(
      /the same files as version 5\) is in quarantine: OOMKilled/,
    )
    expect(mlflow.writes).toEqual([])
    const { outputs } = await runPromoteOrThrow(mlflow, { 'clear-quarantine': 'more\nmemory' })
    expect(outputs.changed).toBe('true')
    const { tags } = mlflow.allVersions[2] ?? sameFiles
    expect(tags[versionTags.quarantined]).toBeUndefined()
    expect(tags[versionTags.quarantineCleared]).toBe(
      '2026-01-02T03:04:05.000Z by ada: more memory (it was: OOMKilled)',
    )
  })

  it('only clears the quarantine of a version that does not serve yet', async () => {
    const bad = fakeVersion('2', {
      runId: '2',
      tags: { ...promoteVerdictTags, [versionTags.quarantined]: 'OOMKilled' },
    })
    const mlflow = fakeMlflow({ versions: [champion, bad], aliases: { champion: '1' } })
    for (const _ of ['once', 'again']) {
      const { outputs, summary } = await runPromoteOrThrow(
        mlflow,
        { 'clear-quarantine': 'x' },
        liveServing('1'),
      )
      expect(outputs).toEqual({ 'champion-version': '1', 'previous-version': 'none', changed: 'false' })
      expect(summary).toContain('quarantine of version 2 cleared')
    }
    expect(mlflow.aliases.get('champion')).toBe('1')
  })

  it.each([
    [{ release: '' }, /Input release: is required with proof: cluster/],
    [{ 'model-version': '' }, /Input model-version: is required; .*adopt/],
    [{ 'model-version': '', adopt: 'true', proof: 'none' }, /Input model-version: is required/],
    [{ 'expected-champion': 'v1' }, /Input expected-champion: "v1" is not a model version or none/],
    [{ 'previous-alias': 'champion' }, /Input previous-alias: is the same/],
  ])('refuses inputs %j', async (given, message) => {
    await expect(runPromoteOrThrow(fakeRegistry(), given as Record<string, string>)).rejects.toThrow(message)
  })
})
