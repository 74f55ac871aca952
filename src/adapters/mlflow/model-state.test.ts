import { describe, expect, it } from 'vitest'
import { UserError } from '../../domain/failure.ts'
import { fakeMlflow, fakeVersion } from './fake.ts'
import { championIn, mustBeRegistered, readModelState, versionIn } from './model-state.ts'

describe('the state of a model', () => {
  it('has its versions, its aliases, and so its champion', async () => {
    const versions = [fakeVersion('1'), fakeVersion('2')]
    const state = await readModelState(fakeMlflow({ versions, aliases: { live: '2' } }), 'fraud')
    expect(versionIn(state, '1').number).toBe('1')
    const names = { 'champion-alias': 'live', 'previous-alias': 'previous' }
    expect(championIn(state, names)).toMatchObject({ kind: 'version', version: { number: '2' } })
  })

  it('says which input named a version that is not there, or that nobody did', async () => {
    const state = await readModelState(fakeMlflow({ versions: [fakeVersion('1')] }), 'fraud')
    expect(() => versionIn(state, '9', 'model-version')).toThrow(
      /^Input model-version: model "fraud" has no version 9 at http:\/\/mlflow.test: check /,
    )
    expect(() => versionIn(state, '9')).toThrow(/^model "fraud" has no version 9/)
    expect(() => versionIn(state, '9')).toThrow(UserError)
  })

  it('is empty where the model is not there, which is the first thing to say', async () => {
    const state = await readModelState(fakeMlflow(), 'fraud')
    const names = { 'champion-alias': 'champion', 'previous-alias': 'previous' }
    expect(championIn(state, names)).toEqual({ kind: 'none' })
    expect(() => mustBeRegistered(state)).toThrow(/^Input model-name: http.* has no model "fraud"; check/)
    expect(() => versionIn(state, '1', 'model-version')).toThrow(/^Input model-name: /)
  })
})
