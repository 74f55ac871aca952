import { describe, expect, test } from 'vitest'
import type { PreflightFailure } from '../domain/preflight/preflight.ts'
import { describeUpgradeWarnings, formatPreflightFailure, type OtherReleases } from './preflight-messages.ts'

const subject = {
  release: 'digits',
  namespace: 'ml',
  'model-name': 'digits',
  'model-version': '8',
  'version-from': 'label:v',
}
const refusal = {
  reason: 'Invalid',
  kind: 'Job',
  name: 'a',
  field: 'spec.x',
  value: '"1"',
  message: '',
} as const
const pending = { revision: 4, updated: 't4', status: 'pending-upgrade', isRollback: false }

describe('why a deployment is refused', () => {
  test.each<[PreflightFailure, RegExp]>([
    [{ reason: 'NoVerdict', verdict: undefined }, /no verdict\. Run gatekeeper/],
    [{ reason: 'NoVerdict', verdict: 'reject' }, /"reject" instead of "promote"/],
    [{ reason: 'FilesChanged', verdictDigest: 'aaa', digest: 'bbb' }, /digest aaa, now bbb/],
    [{ reason: 'FilesChanged', verdictDigest: undefined, digest: 'bbb' }, /not recorded/],
    [{ reason: 'FilesNotListable' }, /cannot list its files.*require-verdict to false/],
    [
      { reason: 'Quarantined', cause: 'CrashLoopBackOff' },
      /quarantine \(CrashLoopBackOff\).*clear-quarantine/,
    ],
    [{ reason: 'NoChampion', version: '7' }, /serves version 7, .*adopt: true/],
    [
      { reason: 'NoChampionNoReadyPod', releaseVersion: '7' },
      /has version 7, .*no ready pod.*adopt: true.*helm uninstall digits/,
    ],
    [
      { reason: 'VerdictOutdated', verdictChampion: '7', champion: '9' },
      /evaluated against version 7, but version 9 is champion now\. Run gatekeeper on it again/,
    ],
    [
      { reason: 'VerdictOutdated', verdictChampion: 'none', champion: '7' },
      /evaluated as the first version, but version 7 is champion now/,
    ],
    [
      { reason: 'VerdictOutdated', verdictChampion: '7', champion: undefined },
      /evaluated against version 7, but there is no champion now/,
    ],
    [{ reason: 'OtherModel', releaseModel: 'fraud' }, /the model "fraud"/],
    [
      { reason: 'ReleaseLocked', pending, target: { ...pending, revision: 3 } },
      /revision 4 is pending-upgrade.*helm rollback digits 3 --namespace ml.*reconcile with repair: true/,
    ],
    [
      { reason: 'ReleaseLocked', pending: { ...pending, revision: 1 }, target: undefined },
      /helm uninstall digits --namespace ml/,
    ],
    [
      { reason: 'ScaledToZero', workload: 'deployment/digits' },
      /^Release digits is scaled to zero: deployment\/digits asks for 0 pods, .*minReplicaCount: 1/,
    ],
    [
      { reason: 'ChartNamesOtherVersion', predicted: undefined },
      /^Input version-from: by label:v, .*no model version, not 8/,
    ],
    [
      { reason: 'ChartNamesOtherVersion', predicted: 'rig' },
      /^Input version-from: by label:v, .*"rig", not 8/,
    ],
    [
      { reason: 'PodsNameNoVersion', named: undefined, releaseVersion: '7' },
      /^Input version-from: by label:v, .*name no model version, but .* version 7/,
    ],
    [
      { reason: 'PodsNameNoVersion', named: 'rig', releaseVersion: '7' },
      /^Input version-from: by label:v, .*name "rig", but/,
    ],
    [
      { reason: 'ChartNamesOtherVersion', predicted: undefined, reference: 'ConfigMap settings' },
      /name no model version, not 8\. ConfigMap settings may set it, .* annotation:KEY or label:KEY\.$/,
    ],
    [
      { reason: 'VersionNamedTwice', workload: 'deployment/digits', variable: 'MODEL_VERSION' },
      /^The chart sets the variable MODEL_VERSION twice .* Keep the one that takes model\.version\.$/,
    ],
    [
      { reason: 'NoNewPods', workload: 'deployment/digits', field: 'replicas: 0' },
      /^The chart sets replicas: 0 in deployment\/digits of release digits, .* version 8\./,
    ],
    [
      { reason: 'ModelValueTaken', value: 'acme/base' },
      /^Input chart: its value model is "acme\/base"\. .*version-values/,
    ],
    [
      {
        reason: 'UnusableText',
        workload: 'deployment/digits',
        texts: [{ place: 'template.spec.image', text: 'a\nb', problem: 'image' }],
      },
      /: template\.spec\.image is "a b" \(no image has such a name\)\. Correct the chart, values or values-files\.$/,
    ],
    [
      {
        reason: 'ObjectsRefused',
        refusals: ['first', 'second'].map((message) => ({ ...refusal, message })),
      },
      /^The API server refuses Job a: spec\.x "1": second\. Correct the value in the chart, values or values-files\.$/,
    ],
    [
      {
        reason: 'OtherController',
        controller: { kind: 'HelmRelease', name: 'digits', namespace: 'ml', state: 'active' },
      },
      /^HelmRelease ml\/digits of Flux manages release digits, and would undo .*"flux suspend helmrelease digits --namespace ml"/,
    ],
  ])('%j', (failure, message) => {
    expect(formatPreflightFailure(failure, subject)).toMatch(message)
  })
})

describe('a release that does not exist', () => {
  const failure: PreflightFailure = { reason: 'ReleaseNotFound', champion: '3' }
  test.each<[OtherReleases, RegExp]>([
    [
      { serving: { kind: 'in-namespace', release: 'digit' }, names: ['digit', 'digitz'] },
      /^Input release: namespace ml has no release digits, .* version 3 .* is champion, and release digit serves it\. Did you mean release digit\? .*set first-install to true\.$/,
    ],
    [
      { serving: { kind: 'elsewhere', id: 'prod/eu/digits' }, names: [] },
      /is champion, and it was promoted for release prod\/eu\/digits\. Check release, namespace and kubeconfig\./,
    ],
    [{ serving: undefined, names: ['redis', 'digit'] }, /is champion\. Did you mean release digit\?/],
    [{ serving: undefined, names: ['redis'] }, /is champion\. Check release, namespace and kubeconfig\./],
  ])('%j', (others, message) => {
    expect(formatPreflightFailure(failure, subject, others)).toMatch(message)
  })
})

describe('warnings before an upgrade', () => {
  const preview = {
    predictedVersion: { kind: 'known', version: '8' },
    omitsReplicas: false,
    workload: 'deployment/digits',
  } as const

  test.each([true, undefined])('none, if the pods show that they are ready: %s', (showsReadiness) => {
    expect(describeUpgradeWarnings({ ...preview, showsReadiness }, subject)).toEqual([])
  })

  test('pods without a probe are ready as soon as they start', () => {
    expect(describeUpgradeWarnings({ ...preview, showsReadiness: false }, subject)).toEqual([
      {
        input: 'chart',
        message: expect.stringMatching(/deployment\/digits has a readiness probe.* Add a readinessProbe/),
      },
    ])
  })
})
