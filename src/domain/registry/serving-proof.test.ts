import { describe, expect, it } from 'vitest'
import type { LiveRelease } from '../release/live-release.ts'
import { checkServing, type ServingExpectation } from './serving-proof.ts'

const pod = (version: string | undefined, ready = true, name = 'pod') => ({ name, version, ready })
const live = (changes: Partial<LiveRelease> = {}): LiveRelease => ({
  revision: 7,
  releaseModel: 'fraud',
  releaseVersion: '2',
  workload: 'deployment/fraud',
  pods: [pod('2'), pod('2')],
  rolloutComplete: true,
  versionFrom: 'env:MODEL_VERSION',
  ...changes,
})
const expectation: ServingExpectation = { model: 'fraud', version: '2', adopt: false }

describe('checkServing', () => {
  it('accepts a version that the deployed revision names and every ready pod serves', () => {
    expect(checkServing(live({ pods: [pod('2'), pod('1', false)] }), expectation)).toEqual({
      kind: 'serving',
      version: '2',
    })
  })

  it.each<[string, LiveRelease | undefined, Partial<ServingExpectation>, object]>([
    ['no release', undefined, {}, { kind: 'not-deployed' }],
    ['no ready pod', live({ pods: [pod('2', false)] }), {}, { kind: 'no-ready-pods' }],
    ['no pods', live({ pods: [] }), {}, { kind: 'no-ready-pods' }],
    [
      'pods of two versions',
      live({ pods: [pod('1'), pod('2')] }),
      {},
      { kind: 'several', versions: ['1', '2'] },
    ],
    [
      'a pod that names no version',
      live({ pods: [pod('2'), pod(undefined, true, 'odd')] }),
      {},
      { kind: 'version-unknown', pods: ['odd'] },
    ],
    ['pods of another version', live({ pods: [pod('1')] }), {}, { kind: 'other-version', served: '1' }],
    [
      'values of another version',
      live({ releaseVersion: '1' }),
      {},
      { kind: 'values-disagree', served: '2' },
    ],
    ['values without a version', live({ releaseVersion: undefined }), {}, { kind: 'values-disagree' }],
    ['a release of another model', live({ releaseModel: 'spam' }), {}, { kind: 'other-model' }],
    [
      'an adoption that the values contradict',
      live({ releaseVersion: '1' }),
      { adopt: true, version: undefined },
      { kind: 'values-disagree' },
    ],
  ])('rejects %s', (_, seen, changes, expected) => {
    expect(checkServing(seen, { ...expectation, ...changes })).toMatchObject(expected)
  })

  it('adopts the live version of a release whose values name none', () => {
    const seen = live({ releaseVersion: undefined, releaseModel: undefined })
    expect(checkServing(seen, { ...expectation, adopt: true, version: undefined })).toMatchObject({
      version: '2',
    })
  })
})
