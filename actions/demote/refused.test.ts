import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { LiveRelease } from '../../src/domain/release/live-release.ts'
import { fakeRegistry, runDemote } from '../../test/fakes/demote.ts'
import type { FakeMlflow } from '../../test/fakes/mlflow.ts'
import { liveServing } from '../../test/fakes/serving-release.ts'

describe('demote refuses', () => {
  it.each<[string, Record<string, string>, LiveRelease | undefined, RegExp]>([
    ['the bad version still serves', {}, liveServing('3'), /version 3 still serves .*Roll back first/],
    [
      'no pod is ready',
      {},
      liveServing('2', { pods: [{ name: 'pod', ready: false, version: '2' }] }),
      /unknown what .*: no pod of/,
    ],
    [
      'pods disagree',
      {},
      liveServing('2', { pods: [...liveServing('2').pods, ...liveServing('3').pods] }),
      /serve versions 2 and 3/,
    ],
    [
      'another version serves than restored-version',
      { 'restored-version': '1' },
      liveServing('2'),
      /serve version 2, not 1/,
    ],
    [
      'the release serves another model',
      {},
      liveServing('2', { releaseModel: 'other' }),
      /serves the model other/,
    ],
    ['the serving version is not registered', {}, liveServing('9'), /model "fraud" has no version 9/],
    [
      'the bad version is not registered',
      { 'model-version': '9' },
      liveServing('2'),
      /Input model-version: model "fraud" has no version 9/,
    ],
  ])('writes nothing if %s', async (_, given, serving, message) => {
    const mlflow = fakeRegistry()
    const demoting = runDemote(mlflow, given, serving)
    await expect(demoting).rejects.toThrow(message)
    await expect(demoting).rejects.toBeInstanceOf(UserError)
    expect(mlflow.writes).toEqual([])
  })

  it('reports a conflict with another job while writing', async () => {
    const mlflow = fakeRegistry()
    const read = mlflow.getModel
    mlflow.getModel = async (name) => {
      if (mlflow.writes.length > 0) mlflow.aliases.set('champion', '1')
      return read(name)
    }
    await expect(runDemote(mlflow)).rejects.toThrow(
      /Conflict: another job set champion to version 1 while this job was restoring version 2/,
    )
  })

  describe('with proof: none', () => {
    const noProof = { proof: 'none', release: '', 'restored-version': '2' }
    it('restores the named version if it can serve', async () => {
      const mlflow = fakeRegistry()
      expect((await runDemote(mlflow, noProof, undefined)).outputs).toMatchObject({ 'champion-version': '2' })
    })
    it.each<[string, (mlflow: FakeMlflow) => void, RegExp]>([
      ['its run is deleted', (mlflow) => mlflow.runs.clear(), /version 2 has lost its run/],
      [
        'it is in quarantine',
        (mlflow) => void mlflow.setVersionTags('', '2', { [versionTags.quarantined]: 'x' }),
        /in quarantine \(x\)/,
      ],
    ])('changes nothing if %s', async (_, change, message) => {
      const mlflow = fakeRegistry()
      change(mlflow)
      await expect(runDemote(mlflow, noProof)).rejects.toThrow(message)
      expect(mlflow.aliases.get('champion')).toBe('3')
    })
  })

  it.each([
    [{ release: '' }, /Input release: is required with proof: cluster/],
    [{ proof: 'none' }, /Input restored-version: is required with proof: none/],
    [{ 'restored-version': '3' }, /Input restored-version: is the bad version itself/],
    [{ 'previous-alias': 'champion' }, /Input previous-alias: is the same/],
    [{ reason: '' }, /Input reason: is required/],
  ])('refuses inputs %j', async (given, message) => {
    await expect(runDemote(fakeRegistry(), given as Record<string, string>)).rejects.toThrow(message)
  })
})
