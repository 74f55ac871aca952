import { describe, expect, it } from 'vitest'
import { fakeMlflow, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Live } from '../../src/domain/live.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { candidate, champion, good, outcomeOf, promote, registry } from '../../test/fakes/promote.ts'
import { live, serving } from '../../test/fakes/serving.ts'

describe('promote refuses', () => {
  it.each<[string, Live | undefined, RegExp]>([
    ['nothing is released', undefined, /no deployed revision/],
    [
      'no pod is ready',
      live('2', { pods: [{ name: 'pod', ready: false, version: '2' }] }),
      /unknown: no pod/,
    ],
    ['another version serves', live('1'), /serve version 1, not 2/],
    ['the release says another version', live('2', { releaseVersion: '1' }), /values of .* say version 1/],
  ])('writes nothing where %s', async (_, seen, why) => {
    const mlflow = registry()
    const promoting = promote(mlflow, {}, seen as Live, quietContext(), serving(seen))
    await expect(promoting).rejects.toThrow(why)
    await expect(promoting).rejects.toBeInstanceOf(UserError)
    expect(mlflow.writes).toEqual([])
  })

  it.each([
    ['another champion by now', { champion: '3' }, '1', /judged against 1, but the champion is 3/],
    ['a champion where none was', { champion: '1' }, 'none', /judged against none, but the champion is 1/],
    ['no champion any more', {}, '1', /judged against 1, but the champion is none/],
    ['an unclear champion', { previous: '1' }, 'none', /is unclear by now: .*previous points at version 1/],
  ])('refuses a race that was lost before it began: %s', async (_, aliases, expected, why) => {
    const mlflow = fakeMlflow({
      versions: [champion, candidate, fakeVersion('3')],
      aliases: aliases as Record<string, string>,
    })
    await expect(promote(mlflow, { 'expected-champion': expected })).rejects.toThrow(why)
    expect(mlflow.writes).toEqual([])
  })

  it.each<[string, Record<string, string>, Record<string, string>, string, string]>([
    ['a lost race', { champion: '1', previous: '3' }, { 'expected-champion': 'none' }, '1', '3'],
    ['no proof', { champion: '1' }, { 'model-version': '3' }, '1', 'none'],
    ['nobody knows the champion', { previous: '1' }, { 'expected-champion': 'none' }, '', '1'],
    ['there is none', {}, { 'expected-champion': '1' }, 'none', 'none'],
  ])(
    'tells the champion as far as it is known where it refuses: %s',
    async (_, aliases, given, now, before) => {
      const mlflow = fakeMlflow({ versions: [champion, candidate, fakeVersion('3')], aliases })
      const { outputs, failure } = await outcomeOf(mlflow, given)
      expect(failure).toBeInstanceOf(UserError)
      expect(outputs).toEqual({ 'champion-version': now, 'previous-version': before, changed: 'false' })
      expect(mlflow.writes).toEqual([])
    },
  )

  it('says that it lost a race while writing', async () => {
    const mlflow = registry()
    const read = mlflow.model
    mlflow.model = async (name) => {
      if (mlflow.writes.length > 0) mlflow.aliases.set('champion', '3')
      return read(name)
    }
    await expect(promote(mlflow)).rejects.toThrow(/Another job made version 3 the champion/)
  })

  it('refuses a quarantined version, also by its files, until a person gives a reason', async () => {
    const bad = { ...good, [ledger.quarantined]: 'OOMKilled', [ledger.quarantinedAt]: 'then' }
    const twin = fakeVersion('5', { tags: bad })
    const mlflow = fakeMlflow({ versions: [champion, candidate, twin], aliases: { champion: '1' } })
    await expect(promote(mlflow)).rejects.toThrow(/the same files as version 5\) is in quarantine: OOMKilled/)
    expect(mlflow.writes).toEqual([])
    const { outputs } = await promote(mlflow, { 'clear-quarantine': 'more\nmemory' })
    expect(outputs.changed).toBe('true')
    const { tags } = mlflow.all[2] ?? twin
    expect(tags[ledger.quarantined]).toBeUndefined()
    expect(tags[ledger.quarantineCleared]).toBe(
      '2026-01-02T03:04:05.000Z by ada: more memory (it was: OOMKilled)',
    )
  })

  it('only clears a quarantine where the version does not serve, since it may be deployed only after that', async () => {
    const bad = fakeVersion('2', { runId: '2', tags: { ...good, [ledger.quarantined]: 'OOMKilled' } })
    const mlflow = fakeMlflow({ versions: [champion, bad], aliases: { champion: '1' } })
    for (const _ of ['once', 'again']) {
      const { outputs, summary } = await promote(mlflow, { 'clear-quarantine': 'x' }, live('1'))
      expect(outputs).toEqual({ 'champion-version': '1', 'previous-version': 'none', changed: 'false' })
      expect(summary).toContain('quarantine of version 2 cleared')
    }
    expect(mlflow.aliases.get('champion')).toBe('1')
  })

  it.each([
    [{ release: '' }, /Input release: is required with proof: cluster/],
    [{ 'model-version': '' }, /Input model-version: is required; .*adopt/],
    [{ 'model-version': '', adopt: 'true', proof: 'none' }, /Input model-version: is required/],
    [{ 'expected-champion': 'v1' }, /Input expected-champion: "v1" is neither a model version nor none/],
    [{ 'previous-alias': 'champion' }, /Input previous-alias: is the same/],
  ])('refuses inputs %j', async (given, why) => {
    await expect(promote(registry(), given as Record<string, string>)).rejects.toThrow(why)
  })
})
