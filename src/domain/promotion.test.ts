import { describe, expect, it } from 'vitest'
import type { Live } from './live.ts'
import { type Claim, proofFrom } from './promotion.ts'

const pod = (version: string | undefined, ready = true, name = 'pod') => ({ name, version, ready })
const live = (changes: Partial<Live> = {}): Live => ({
  revision: 7,
  releaseModel: 'fraud',
  releaseVersion: '2',
  workload: 'deployment/fraud',
  pods: [pod('2'), pod('2')],
  settled: true,
  proof: 'env:MODEL_VERSION',
  ...changes,
})
const claim: Claim = { model: 'fraud', version: '2', release: 'fraud', adopt: false }

describe('proofFrom', () => {
  it('is given where the deployed revision names the version and every ready pod serves it', () => {
    expect(proofFrom(live({ pods: [pod('2'), pod('1', false)] }), claim)).toEqual({
      version: '2',
      words: 'cluster: 1 pod of deployment/fraud ready, env:MODEL_VERSION, revision 7 of fraud',
    })
  })

  it.each<[string, Live | undefined, Partial<Claim>, RegExp]>([
    ['no release', undefined, {}, /no deployed revision/],
    ['no ready pod', live({ pods: [pod('2', false)] }), {}, /unknown: no pod of deployment\/fraud is ready/],
    ['scaled to zero', live({ pods: [] }), {}, /unknown/],
    ['pods of two versions', live({ pods: [pod('1'), pod('2')] }), {}, /serve versions 1 and 2/],
    [
      'a pod that names none',
      live({ pods: [pod('2'), pod(undefined, true, 'odd')] }),
      {},
      /odd name no version/,
    ],
    ['pods of another version', live({ pods: [pod('1')] }), {}, /serve version 1, not 2/],
    ['values of another version', live({ releaseVersion: '1' }), {}, /say version 1, its pods serve 2/],
    ['values without a version', live({ releaseVersion: undefined }), {}, /say version \(none\)/],
    ['a release of another model', live({ releaseModel: 'spam' }), {}, /serves the model spam/],
    [
      'adopting what values deny',
      live({ releaseVersion: '1' }),
      { adopt: true, version: undefined },
      /say version 1/,
    ],
  ])('is refused for %s', (_, seen, changes, why) => {
    expect(proofFrom(seen, { ...claim, ...changes }).refused).toMatch(why)
  })

  it('lets adopt take what is live, also from a release whose values name no version', () => {
    const seen = live({ releaseVersion: undefined, releaseModel: undefined })
    expect(proofFrom(seen, { ...claim, adopt: true, version: undefined })).toMatchObject({ version: '2' })
  })
})
