import { describe, expect, test } from 'vitest'
import { versionTags } from '../registry/version-tags.ts'
import type { LiveRelease } from '../release/live-release.ts'
import {
  checkPreflight,
  checkUpgrade,
  type PredictedVersion,
  type PreflightFailure,
  type PreflightInput,
  type UpgradePreview,
  type VersionStatus,
} from './preflight.ts'

interface Status extends Omit<VersionStatus, 'tags'> {
  verdict: string | undefined
  adopted: boolean
  verdictDigest: string | undefined
  verdictChampion: string | undefined
}
const versionStatus: Status = {
  verdict: 'promote',
  adopted: false,
  verdictDigest: 'aaa',
  digest: 'aaa',
  quarantined: undefined,
  champion: '7',
  verdictChampion: '7',
}
/** As the tags of the version say it. Only the champion can be adopted. */
const toVersionStatus = (status: Status): VersionStatus => {
  const { verdict, adopted, verdictDigest, verdictChampion, digest, quarantined, champion } = status
  const tags = [
    [versionTags.verdict, verdict],
    [versionTags.adopted, adopted ? 'by ada' : undefined],
    [versionTags.artifactDigest, verdictDigest],
    [versionTags.championVersion, verdictChampion],
  ].filter(([, value]) => value !== undefined)
  return { tags: Object.fromEntries(tags), digest, quarantined, champion: adopted ? '8' : champion }
}
const live: LiveRelease = {
  revision: 3,
  releaseModel: 'digits',
  releaseVersion: '7',
  workload: 'deployment/digits',
  pods: [{ name: 'a', ready: true, version: '7' }],
  rolloutComplete: true,
  versionFrom: 'env:MODEL_VERSION',
}
const deployed = { revision: 3, updated: 't3', status: 'deployed', isRollback: false }
const request = (over: Partial<PreflightInput>, more: Partial<Status> = {}): PreflightInput => ({
  model: 'digits',
  version: '8',
  requireVerdict: true,
  firstInstall: false,
  history: [deployed],
  live,
  versionStatus: toVersionStatus({ ...versionStatus, ...more }),
  ...over,
})

describe('a deployment may start', () => {
  test.each<[string, PreflightInput]>([
    ['with a verdict for these files', request({})],
    [
      'as the first version, with nothing live',
      request({ live: undefined, history: [] }, { champion: undefined, verdictChampion: 'none' }),
    ],
    [
      'to a new release of a model that has a champion, as a first install',
      request({ live: undefined, history: [], firstInstall: true }),
    ],
    [
      'again, after a first install that failed and was kept',
      request({ live: undefined, history: [{ ...deployed, status: 'failed' }] }),
    ],
    ['without a verdict, if none is required', request({ requireVerdict: false }, { verdict: undefined })],
    [
      'with files that cannot be listed, if no verdict is required',
      request({ requireVerdict: false }, { verdict: undefined, verdictDigest: undefined, digest: undefined }),
    ],
    [
      'as an adopted champion, which has no verdict',
      request({}, { verdict: undefined, adopted: true, verdictDigest: undefined }),
    ],
    [
      'as an adopted champion with files that cannot be listed',
      request({}, { verdict: undefined, adopted: true, digest: undefined }),
    ],
    ['without a tracking server', request({ requireVerdict: false, versionStatus: undefined })],
    ['with a verdict that recorded no champion', request({}, { verdictChampion: undefined })],
    ['with a verdict whose champion was unclear', request({}, { verdictChampion: 'unclear' })],
    ['as the champion, which was evaluated against the previous one', request({}, { champion: '8' })],
    [
      'evaluated against another champion, if no verdict is required',
      request({ requireVerdict: false }, { champion: '9' }),
    ],
    [
      'again, when this version is live but was never promoted',
      request({ version: '7' }, { champion: undefined, verdictChampion: 'none' }),
    ],
    [
      'over a release without pods and without a version',
      request(
        { live: { ...live, pods: [], releaseVersion: undefined } },
        { champion: undefined, verdictChampion: 'none' },
      ),
    ],
    [
      'again, when this version never served',
      request(
        { version: '7', live: { ...live, pods: [] } },
        { champion: undefined, verdictChampion: 'none' },
      ),
    ],
  ])('%s', (_title, input) => {
    expect(checkPreflight(input)).toBeUndefined()
  })
})

describe('a deployment is refused', () => {
  const pending = { ...deployed, revision: 4, status: 'pending-upgrade' }
  test.each<[string, PreflightInput, PreflightFailure]>([
    ['without a verdict', request({}, { verdict: undefined }), { reason: 'NoVerdict', verdict: undefined }],
    ['with another verdict', request({}, { verdict: 'reject' }), { reason: 'NoVerdict', verdict: 'reject' }],
    [
      'with other files than at its verdict',
      request({}, { digest: 'bbb' }),
      { reason: 'FilesChanged', verdictDigest: 'aaa', digest: 'bbb' },
    ],
    [
      'with a verdict, but files that cannot be listed',
      request({}, { verdictDigest: undefined, digest: undefined }),
      { reason: 'FilesNotListable' },
    ],
    [
      'adopted, with other files than at its verdict',
      request({}, { verdict: undefined, adopted: true, digest: 'bbb' }),
      { reason: 'FilesChanged', verdictDigest: 'aaa', digest: 'bbb' },
    ],
    [
      'with a verdict that recorded no digest',
      request({}, { verdictDigest: undefined }),
      { reason: 'FilesChanged', verdictDigest: undefined, digest: 'aaa' },
    ],
    [
      'in quarantine',
      request({}, { quarantined: 'CrashLoopBackOff' }),
      { reason: 'Quarantined', cause: 'CrashLoopBackOff' },
    ],
    [
      'in quarantine, also without require-verdict',
      request({ requireVerdict: false }, { quarantined: 'it crashed' }),
      { reason: 'Quarantined', cause: 'it crashed' },
    ],
    [
      'to a release that does not exist, of a model that has a champion',
      request({ live: undefined, history: [] }),
      { reason: 'ReleaseNotFound', champion: '7' },
    ],
    [
      'to a release that does not exist, also if the champion itself is deployed',
      request({ version: '7', live: undefined, history: [], requireVerdict: false }),
      { reason: 'ReleaseNotFound', champion: '7' },
    ],
    [
      'over a live version that was never promoted',
      request({}, { champion: undefined, verdictChampion: 'none' }),
      { reason: 'NoChampion', version: '7' },
    ],
    [
      'over a release scaled to zero that was never promoted',
      request({ live: { ...live, pods: [] } }, { champion: undefined, verdictChampion: 'none' }),
      { reason: 'NoChampionNoReadyPod', releaseVersion: '7' },
    ],
    [
      'evaluated against a champion that was replaced',
      request({}, { champion: '9' }),
      { reason: 'VerdictOutdated', verdictChampion: '7', champion: '9' },
    ],
    [
      'evaluated as the first version, when there is a champion now',
      request({}, { verdictChampion: 'none' }),
      { reason: 'VerdictOutdated', verdictChampion: 'none', champion: '7' },
    ],
    [
      'evaluated against a champion that is gone, with nothing live',
      request({ live: undefined }, { champion: undefined }),
      { reason: 'VerdictOutdated', verdictChampion: '7', champion: undefined },
    ],
    [
      'in the release of another model',
      request({ live: { ...live, releaseModel: 'fraud' } }),
      { reason: 'OtherModel', releaseModel: 'fraud' },
    ],
    [
      'while Helm has the release locked',
      request({ history: [deployed, pending] }),
      { reason: 'ReleaseLocked', pending, target: deployed },
    ],
    [
      'while Helm installs the release',
      request({ live: undefined, history: [{ ...pending, revision: 1 }] }),
      { reason: 'ReleaseLocked', pending: { ...pending, revision: 1 }, target: undefined },
    ],
  ])('%s', (_title, input, failure) => {
    expect(checkPreflight(input)).toEqual(failure)
  })
  test('adopted once, while another version is champion', () => {
    const tags = { [versionTags.adopted]: 'by ada' }
    const status = { tags, digest: 'aaa', quarantined: undefined, champion: '7' }
    expect(checkPreflight(request({ versionStatus: status }))).toEqual({
      reason: 'NoVerdict',
      verdict: undefined,
    })
  })
})

describe('a rollout could not be watched', () => {
  const podsNaming = (version: string | undefined, over: Partial<LiveRelease> = {}): LiveRelease => ({
    ...live,
    pods: [{ name: 'a', ready: true, version }],
    ...over,
  })
  const chartNames = (version: string | undefined): PredictedVersion => ({ kind: 'known', version })
  const unknown: PredictedVersion = { kind: 'unknown' }
  const check = (release: LiveRelease, predictedVersion: PredictedVersion, omitsReplicas = false) =>
    checkUpgrade(release, '8', { predictedVersion, omitsReplicas, workload: 'deployment/digits' })[0]

  test.each<[string, LiveRelease, PredictedVersion, PreflightFailure]>([
    [
      'the chart names no version',
      live,
      chartNames(undefined),
      { reason: 'ChartNamesOtherVersion', predicted: undefined },
    ],
    [
      'the chart names something else',
      live,
      chartNames('rig'),
      { reason: 'ChartNamesOtherVersion', predicted: 'rig' },
    ],
    [
      'ready pods name no version',
      podsNaming(undefined),
      unknown,
      { reason: 'PodsNameNoVersion', named: undefined, releaseVersion: '7' },
    ],
    [
      'ready pods name no number',
      podsNaming('rig'),
      unknown,
      { reason: 'PodsNameNoVersion', named: 'rig', releaseVersion: '7' },
    ],
  ])('%s', (_title, release, predicted, failure) => {
    expect(check(release, predicted)).toEqual(failure)
  })

  test.each<[string, LiveRelease, PredictedVersion]>([
    ['the chart names the version', live, chartNames('8')],
    ['the chart names the version, and the live pods did not', podsNaming(undefined), chartNames('8')],
    ['ready pods name a version', live, unknown],
    ['ready pods name another version than the values: the deployment fixes that', podsNaming('6'), unknown],
    [
      'an old release names its version nowhere',
      podsNaming(undefined, { releaseVersion: undefined }),
      unknown,
    ],
    [
      'no pod is ready',
      podsNaming(undefined, { pods: [{ name: 'a', ready: false, version: undefined }] }),
      unknown,
    ],
  ])('it could: %s', (_title, release, predicted) => {
    expect(check(release, predicted)).toBeUndefined()
  })

  const withDesired = (desired: number | undefined): LiveRelease => ({ ...live, pods: [], desired })
  test('an autoscaler scaled the release to zero', () => {
    expect(check(withDesired(0), unknown, true)).toEqual({
      reason: 'ScaledToZero',
      workload: 'deployment/digits',
    })
  })

  test.each<[string, LiveRelease, boolean]>([
    ['the chart sets its replicas', withDesired(0), false],
    ['the workload asks for pods, ready or not', withDesired(1), true],
    ['the workload is gone, and Helm creates it again', withDesired(undefined), true],
  ])('it is not scaled to zero: %s', (_title, release, omitsReplicas) => {
    expect(check(release, unknown, omitsReplicas)).toBeUndefined()
  })
})

describe('what dry runs show of an upgrade, and of a first install', () => {
  const preview: UpgradePreview = {
    predictedVersion: { kind: 'known', version: '8' },
    omitsReplicas: false,
    workload: 'deployment/digits',
  }
  const refusal = { reason: 'Invalid', kind: 'Job', name: 'a', field: '', value: '', message: 'x' } as const
  const text = { place: 'template', text: '<YOUR-TOKEN>', problem: 'placeholder' } as const
  const controller = { kind: 'HelmRelease', name: 'digits', namespace: 'ml' } as const
  test.each<[Partial<UpgradePreview>, PreflightFailure['reason'][]]>([
    [{}, []],
    [{ modelDefault: { name: '' } }, []],
    [{ modelDefault: null }, []],
    [{ modelDefault: 'acme/base', refusals: [refusal] }, ['ModelValueTaken']],
    [{ modelDefault: '' }, ['ModelValueTaken']],
    [{ modelDefault: ['a'] }, ['ModelValueTaken']],
    [
      { predictedVersion: { kind: 'known', version: '8', duplicate: 'V' }, refusals: [refusal] },
      ['VersionNamedTwice'],
    ],
    [{ predictedVersion: { kind: 'known', version: undefined } }, ['ChartNamesOtherVersion']],
    [{ predictedVersion: { kind: 'unknown' } }, []],
    [{ stoppedBy: 'replicas: 0' }, ['NoNewPods']],
    [{ unusableTexts: [text], refusals: [refusal] }, ['UnusableText', 'ObjectsRefused']],
    [{ controllers: [{ ...controller, state: 'active' }] }, ['OtherController']],
    [{ controllers: [{ ...controller, state: 'suspended' }] }, []],
    [{ controllers: [{ ...controller, state: 'unknown' }] }, []],
  ])('%j: %j', (found, reasons) => {
    for (const release of [live, undefined])
      expect(checkUpgrade(release, '8', { ...preview, ...found }).map(({ reason }) => reason)).toEqual(
        reasons,
      )
  })
})
