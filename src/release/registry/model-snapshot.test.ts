import { describe, expect, it } from 'vitest'
import { fakeMlflow, fakeVersion } from '../../../test/fakes/mlflow.ts'
import { UserError } from '../../domain/core/errors.ts'
import { assertRegistered, readModelSnapshot, requireVersion } from './model-snapshot.ts'

describe('model snapshot', () => {
  const inputs = { 'model-name': 'fraud', 'champion-alias': 'champion', 'previous-alias': 'previous' }

  it('has versions, aliases and the champion', async () => {
    const versions = [fakeVersion('1'), fakeVersion('2')]
    const mlflow = fakeMlflow({ versions, aliases: { live: '2' } })
    const snapshot = await readModelSnapshot(mlflow, { ...inputs, 'champion-alias': 'live' })
    expect(requireVersion(snapshot, '1').number).toBe('1')
    expect(snapshot.champion).toMatchObject({ kind: 'version', version: { number: '2' } })
  })

  it('names the input that holds an unknown version, if there is one', async () => {
    const snapshot = await readModelSnapshot(fakeMlflow({ versions: [fakeVersion('1')] }), inputs)
    expect(() => requireVersion(snapshot, '9', 'model-version')).toThrow(
      /^Input model-version: model "fraud" has no version 9 at http:\/\/mlflow.test: check /,
    )
    expect(() => requireVersion(snapshot, '9')).toThrow(/^model "fraud" has no version 9/)
    expect(() => requireVersion(snapshot, '9')).toThrow(UserError)
  })

  it('is empty for an unregistered model, which is reported before a missing version', async () => {
    const snapshot = await readModelSnapshot(fakeMlflow(), inputs)
    expect(snapshot.champion).toEqual({ kind: 'none' })
    expect(() => assertRegistered(snapshot)).toThrow(/^Input model-name: http.* has no model "fraud"; check/)
    expect(() => requireVersion(snapshot, '1', 'model-version')).toThrow(/^Input model-name: /)
  })
})
