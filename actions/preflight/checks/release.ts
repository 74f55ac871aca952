import type { UpgradeRequest } from '../../../src/adapters/helm/arguments.ts'
import { ReleaseLockedError } from '../../../src/adapters/helm/helm-errors.ts'
import type { Release } from '../../../src/adapters/kubernetes/release/release.ts'
import { checkPreflight } from '../../../src/domain/preflight/preflight.ts'
import { championReleaseTag } from '../../../src/domain/registry/version-tags.ts'
import { type LiveRelease, liveVersion } from '../../../src/domain/release/live-release.ts'
import type { Revision } from '../../../src/domain/release/revision-history.ts'
import {
  describePreflightFailure,
  describeUpgradeWarnings,
  servesOtherVersion,
} from '../../../src/release/preflight-messages.ts'
import type { ModelSnapshot } from '../../../src/release/registry/model-snapshot.ts'
import type { PreflightInputs } from '../adapters.ts'
import type { Checklist } from '../checklist.ts'
import { PLACEHOLDER_VERSION, type RenderedRequest, reportUpgradeFailures } from './chart.ts'

/**
 * Checks the permissions, and whether the release that is live allows a deployment.
 */
export async function checkRelease(
  list: Checklist,
  inputs: PreflightInputs,
  release: Release,
  { request, isDescribed }: RenderedRequest,
  snapshot: ModelSnapshot | undefined,
): Promise<void> {
  const arePermitted = await list.run('Permissions', 'kubeconfig', () => release.checkPermissions(request))
  if (arePermitted) list.pass('Permissions', 'the user has all that a deployment needs.')
  if (arePermitted === false) list.skip('Permissions', "the cluster does not list the user's permissions.")
  if (arePermitted === undefined) {
    list.skip('Release', 'permissions are missing.')
    return
  }
  const state = await list.run('Release', 'release', async () => {
    const history = await release.history()
    return { history, live: await release.readLive(history) }
  })
  if (!state) return
  await checkChampion(list, inputs, { release, ...state }, snapshot)
  if (request && isDescribed) await checkUpgradeOf(list, inputs, release, request, state.live)
}

/** Dry-runs the upgrade, or the first install, by the rules of helm-deploy. */
async function checkUpgradeOf(
  list: Checklist,
  inputs: PreflightInputs,
  release: Release,
  request: UpgradeRequest,
  live: LiveRelease | undefined,
): Promise<void> {
  const diff = await list.run('Upgrade', 'chart', () =>
    release.compare(request, live?.revision).catch((error: unknown) => {
      // helm-deploy waits for the other deployment, and recovers one that was interrupted.
      if (error instanceof ReleaseLockedError) return error
      throw error
    }),
  )
  if (!diff) return
  if (diff instanceof ReleaseLockedError) {
    list.skip('Upgrade', 'the release is locked.')
    return
  }
  for (const { input, message } of describeUpgradeWarnings(diff, subjectOf(inputs)))
    list.report('Upgrade', 'warning', message, input)
  if (reportUpgradeFailures(list, inputs, live, diff)) return
  if (diff.conflict) list.report('Upgrade', 'failed', diff.conflict.message, 'force-conflicts')
  else
    list.pass(
      'Upgrade',
      live
        ? `a dry run over revision ${live.revision} succeeds.`
        : 'a dry run of the first install succeeds.',
    )
}

/** Of a release whose namespace does not exist yet, only the champion can be checked: it may serve elsewhere. */
export async function checkNewRelease(
  list: Checklist,
  inputs: PreflightInputs,
  release: Release,
  snapshot: ModelSnapshot | undefined,
): Promise<void> {
  list.skip('Permissions, upgrade', `namespace ${inputs.namespace} does not exist yet.`)
  await checkChampion(list, inputs, { release, history: [], live: undefined }, snapshot)
}

interface ReleaseState {
  release: Release
  history: readonly Revision[]
  live: LiveRelease | undefined
}

/** Compares the release with the champion, by the rules of helm-deploy. */
async function checkChampion(
  list: Checklist,
  inputs: PreflightInputs,
  { release, history, live }: ReleaseState,
  snapshot: ModelSnapshot | undefined,
): Promise<void> {
  const { 'model-name': model, 'champion-alias': alias } = inputs
  const current = snapshot?.champion
  const champion = current?.kind === 'version' ? current.version.number : undefined
  const failure = checkPreflight({
    model,
    version: PLACEHOLDER_VERSION,
    // The verdict and the files of the version do not exist yet.
    requireVerdict: false,
    firstInstall: inputs['first-install'],
    history,
    live,
    versionStatus: snapshot && { tags: {}, digest: undefined, quarantined: undefined, champion },
  })
  if (failure) {
    // The other deployment may have ended by then.
    const status = failure.reason === 'ReleaseLocked' ? 'warning' : 'failed'
    const championRelease =
      current?.kind === 'version' ? current.version.tags[championReleaseTag(alias)] : undefined
    const message = await describePreflightFailure(release, failure, subjectOf(inputs), championRelease)
    list.report('Release', status, message, 'release')
    return
  }
  const served = liveVersion(live)
  if (champion !== undefined && served !== '' && served !== champion)
    list.report('Release', 'warning', servesOtherVersion(subjectOf(inputs), served, { champion }), 'release')
  else
    list.pass(
      'Release',
      history.length === 0
        ? `${inputs.release} does not exist yet.`
        : `${inputs.release} serves ${served === '' ? 'no one version' : `version ${served}`}.`,
    )
}

const subjectOf = (inputs: PreflightInputs) => ({ ...inputs, 'model-version': PLACEHOLDER_VERSION })
