import { describe, expect, it } from 'vitest'
import type { FakeMlflow } from '../../src/adapters/mlflow/fake.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Live } from '../../src/domain/live.ts'
import { demote, registry } from '../../test/fakes/demote.ts'
import { live } from '../../test/fakes/serving.ts'

describe('demote refuses', () => {
  it.each<[string, Record<string, string>, Live | undefined, RegExp]>([
    ['the bad version still serves', {}, live('3'), /version 3 still serves .*Roll back first/],
    [
      'no pod is ready',
      {},
      live('2', { pods: [{ name: 'pod', ready: false, version: '2' }] }),
      /unknown: no pod/,
    ],
    [
      'pods disagree',
      {},
      live('2', { pods: [...live('2').pods, ...live('3').pods] }),
      /serve versions 2 and 3/,
    ],
    [
      'another version serves than was named',
      { 'restored-version': '1' },
      live('2'),
      /serve version 2, not 1/,
    ],
    ['the release is of another model', {}, live('2', { releaseModel: 'other' }), /serves the model other/],
    ['what serves is not registered', {}, live('9'), /model "fraud" has no version 9/],
    [
      'the bad one is not registered',
      { 'model-version': '9' },
      live('2'),
      /Input model-version: model "fraud" has no version 9/,
    ],
  ])('writes nothing where %s', async (_, given, serving, why) => {
    const mlflow = registry()
    const demoting = demote(mlflow, given, serving)
    await expect(demoting).rejects.toThrow(why)
    await expect(demoting).rejects.toBeInstanceOf(UserError)
    expect(mlflow.writes).toEqual([])
  })

  it('says that it lost a race while writing', async () => {
    const mlflow = registry()
    const read = mlflow.model
    mlflow.model = async (name) => {
      if (mlflow.writes.length > 0) mlflow.aliases.set('champion', '1')
      return read(name)
    }
    await expect(demote(mlflow)).rejects.toThrow(
      /Another job made version 1 the champion while this one restored 2/,
    )
  })

  describe('with proof: none', () => {
    const noProof = { proof: 'none', release: '', 'restored-version': '2' }
    it('restores what is named, if it could serve', async () => {
      const mlflow = registry()
      expect((await demote(mlflow, noProof, undefined)).outputs).toMatchObject({ 'champion-version': '2' })
    })
    it.each<[string, (mlflow: FakeMlflow) => void, RegExp]>([
      ['its run is deleted', (mlflow) => mlflow.runs.clear(), /version 2 has lost its run/],
      [
        'it is in quarantine',
        (mlflow) => void mlflow.setVersionTags('', '2', { [ledger.quarantined]: 'x' }),
        /in quarantine \(x\)/,
      ],
    ])('and nothing where %s', async (_, change, why) => {
      const mlflow = registry()
      change(mlflow)
      await expect(demote(mlflow, noProof)).rejects.toThrow(why)
      expect(mlflow.aliases.get('champion')).toBe('3')
    })
  })

  it.each([
    [{ release: '' }, /Input release: is required with proof: cluster/],
    [{ proof: 'none' }, /Input restored-version: is required with proof: none/],
    [{ 'restored-version': '3' }, /Input restored-version: is the bad version itself/],
    [{ 'previous-alias': 'champion' }, /Input previous-alias: is the same/],
    [{ reason: '' }, /Input reason: is required/],
  ])('refuses inputs %j', async (given, why) => {
    await expect(demote(registry(), given as Record<string, string>)).rejects.toThrow(why)
  })
})
