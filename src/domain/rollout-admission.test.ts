import { describe, expect, test } from 'vitest'
import type { Live } from './live.ts'
import { type Request, refusal, type Standing } from './rollout-admission.ts'

const standing: Standing = {
  verdict: 'promote',
  adopted: false,
  judgedDigest: 'aaa',
  digest: 'aaa',
  quarantined: undefined,
  champion: '7',
  judgedAgainst: '7',
  blamed: [],
}
const live: Live = {
  revision: 3,
  releaseModel: 'digits',
  releaseVersion: '7',
  workload: 'deployment/digits',
  pods: [{ name: 'a', ready: true, version: '7' }],
  settled: true,
  proof: 'env:MODEL_VERSION',
}
const deployed = { revision: 3, updated: 't3', status: 'deployed', chart: '', description: '' }
const request = (over: Partial<Request>, more: Partial<Standing> = {}): Request => ({
  release: 'digits',
  model: 'digits',
  version: '8',
  requireVerdict: true,
  history: [deployed],
  live,
  standing: { ...standing, ...more },
  ...over,
})

describe('a deployment may begin', () => {
  test.each<[string, Request]>([
    ['with a verdict for these very files', request({})],
    [
      'as the first one, where nothing is live',
      request({ live: undefined, history: [] }, { champion: undefined, judgedAgainst: 'none' }),
    ],
    ['without verdict where none is required', request({ requireVerdict: false }, { verdict: undefined })],
    [
      'with files out of sight where no verdict is required',
      request({ requireVerdict: false }, { verdict: undefined, judgedDigest: undefined, digest: undefined }),
    ],
    [
      'as an adopted champion, which nobody judged',
      request({}, { verdict: undefined, adopted: true, judgedDigest: undefined }),
    ],
    [
      'as an adopted champion with files out of sight',
      request({}, { verdict: undefined, adopted: true, digest: undefined }),
    ],
    ['without a tracking server', request({ requireVerdict: false, standing: undefined })],
    ['judged before anyone wrote down against whom', request({}, { judgedAgainst: undefined })],
    ['forced past a champion that nobody could name', request({}, { judgedAgainst: 'unclear' })],
    ['as the champion itself, which was judged against the one before', request({}, { champion: '8' })],
    [
      'judged against another, where no verdict is required',
      request({ requireVerdict: false }, { champion: '9' }),
    ],
    [
      'again, where this version is live but was never promoted',
      request({ version: '7' }, { champion: undefined, judgedAgainst: 'none' }),
    ],
    [
      'where the release serves nothing and names no version',
      request(
        { live: { ...live, pods: [], releaseVersion: undefined } },
        { champion: undefined, judgedAgainst: 'none' },
      ),
    ],
    [
      'again, where this version never came up',
      request({ version: '7', live: { ...live, pods: [] } }, { champion: undefined, judgedAgainst: 'none' }),
    ],
  ])('%s', (_title, asked) => {
    expect(refusal(asked)).toBeUndefined()
  })
})

describe('a deployment is refused', () => {
  test.each<[string, Request, RegExp]>([
    ['without a verdict', request({}, { verdict: undefined }), /no verdict: let gatekeeper/],
    ['with another verdict', request({}, { verdict: 'reject' }), /"reject" instead of "promote"/],
    ['judged with other files', request({}, { digest: 'bbb' }), /digest aaa, now bbb/],
    [
      'judged, and its files are out of sight now',
      request({}, { judgedDigest: undefined, digest: undefined }),
      /cannot list its files now.*require-verdict to false/,
    ],
    [
      'adopted, and its files were changed since they were judged',
      request({}, { verdict: undefined, adopted: true, digest: 'bbb' }),
      /digest aaa, now bbb/,
    ],
    ['judged without a digest', request({}, { judgedDigest: undefined }), /not recorded/],
    ['in quarantine', request({}, { quarantined: 'CrashLoopBackOff' }), /quarantine \(CrashLoopBackOff\)/],
    [
      'in quarantine, also without require-verdict',
      request({ requireVerdict: false }, { quarantined: 'it crashed' }),
      /clear-quarantine/,
    ],
    [
      'over something live that was never promoted',
      request({}, { champion: undefined, judgedAgainst: 'none' }),
      /serves version 7, .*adopt: true/,
    ],
    [
      'over something scaled to zero that was never promoted',
      request({ live: { ...live, pods: [] } }, { champion: undefined, judgedAgainst: 'none' }),
      /has version 7, .*no pod of it is ready.*adopt: true.*helm uninstall digits/,
    ],
    [
      'judged against a champion that another has replaced',
      request({}, { champion: '9' }),
      /judged against version 7, but version 9 is the champion now: let gatekeeper judge it again/,
    ],
    [
      'judged as the first one, where another became it',
      request({}, { judgedAgainst: 'none' }),
      /judged as the first one, but version 7 is the champion now/,
    ],
    [
      'judged against a champion that is none any more, with nothing live',
      request({ live: undefined }, { champion: undefined }),
      /judged against version 7, but there is no champion now/,
    ],
    [
      'in the release of another model',
      request({ live: { ...live, releaseModel: 'fraud' } }),
      /the model "fraud"/,
    ],
    [
      'while another helm holds the release',
      request({ history: [deployed, { ...deployed, revision: 4, status: 'pending-upgrade' }] }),
      /revision 4 is pending-upgrade.*helm rollback digits/,
    ],
    [
      'while another helm installs it',
      request({ live: undefined, history: [{ ...deployed, revision: 1, status: 'pending-install' }] }),
      /helm uninstall digits/,
    ],
  ])('%s', (_title, asked, said) => {
    expect(refusal(asked)).toMatch(said)
  })
})
