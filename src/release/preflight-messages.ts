import type { ReleaseHistory } from '../adapters/kubernetes/release/release.ts'
import { didYouMean } from '../domain/core/did-you-mean.ts'
import { oneLine } from '../domain/core/text.ts'
import { formatController, suspendCommand } from '../domain/preflight/ownership.ts'
import type { PreflightFailure, UpgradePreview, VersionStatus } from '../domain/preflight/preflight.ts'
import type { UnusableText } from '../domain/preflight/rendered-text.ts'
import { type ChampionRelease, findChampionRelease } from '../domain/registry/champion-release.ts'
import { apiRefusalHint, formatApiRefusal } from '../domain/release/api-refusal.ts'
import type { ReleasePlace } from '../domain/release/environment-id.ts'
import { formatForeignPending } from '../domain/release/recovery-plan.ts'
import { describeChampionRelease } from './registry/champion-release.ts'
import { MODEL_VALUE_HINT } from './values-text.ts'

/** What the messages are about. */
export interface PreflightSubject {
  release: string
  namespace: string
  'model-name': string
  'model-version': string
  'version-from': string
}

/** What the release could be instead of one that does not exist. */
export interface OtherReleases {
  /** The one that serves the champion, if it was found. */
  serving: ChampionRelease | undefined
  /** Those of the namespace. */
  names: readonly string[]
}

/**
 * Why a deployment may not start, and what to do. For a release that was not found, it reads which one is meant.
 * @param championRelease the environment id that the champion's tags record
 */
export async function describePreflightFailure(
  release: Pick<ReleaseHistory, 'listOtherReleases'>,
  failure: PreflightFailure,
  subject: PreflightSubject & ReleasePlace,
  championRelease: string | undefined,
): Promise<string> {
  if (failure.reason !== 'ReleaseNotFound') return formatPreflightFailure(failure, subject)
  const champion = { model: subject['model-name'], version: failure.champion, release: championRelease }
  // They only complete the message.
  const others = await release.listOtherReleases().catch(() => [])
  const serving = findChampionRelease(champion, subject, others)
  return formatPreflightFailure(failure, subject, { serving, names: others.map(({ name }) => name) })
}

/**
 * Why a deployment may not start, and what to do.
 * @param others only needed for a release that was not found
 */
export function formatPreflightFailure(
  failure: PreflightFailure,
  subject: PreflightSubject,
  others: OtherReleases = { serving: undefined, names: [] },
): string {
  const { release, 'model-name': model, 'model-version': version, 'version-from': versionFrom } = subject
  const name = `Version ${version} of model ${JSON.stringify(model)}`
  switch (failure.reason) {
    case 'ReleaseLocked':
      return formatForeignPending(failure.pending, failure.target, subject)
    case 'OtherModel':
      return `Release ${release} serves the model ${JSON.stringify(failure.releaseModel)}, not ${JSON.stringify(model)}. Set release to the release of this model, or uninstall that one first.`
    case 'ReleaseNotFound':
      return formatReleaseNotFound(failure.champion, subject, others)
    case 'Quarantined':
      return `${name} is in quarantine (${failure.cause}). Deploy another version, or clear the quarantine with promote: clear-quarantine and a reason.`
    case 'NoVerdict':
      return `${name} has ${failure.verdict ? `the verdict ${JSON.stringify(failure.verdict)} instead of "promote"` : 'no verdict'}. Run gatekeeper on it first, or set require-verdict to false.`
    case 'FilesNotListable':
      return `${name} has a verdict, but the tracking server cannot list its files, so they cannot be compared with the files of the verdict. Register it from the model that its run logged, or set require-verdict to false.`
    case 'FilesChanged':
      return `${name} has other files now than at its verdict (digest ${failure.verdictDigest ?? 'not recorded'}, now ${failure.digest}). Run gatekeeper on it again.`
    case 'VerdictOutdated': {
      const { verdictChampion, champion } = failure
      const then = verdictChampion === 'none' ? 'as the first version' : `against version ${verdictChampion}`
      const now = champion === undefined ? 'there is no champion' : `version ${champion} is champion`
      return `${name} was evaluated ${then}, but ${now} now. Run gatekeeper on it again.`
    }
    case 'NoChampion':
      return `Release ${release} already serves ${failure.version === undefined ? 'an unknown version' : `version ${failure.version}`}, but model ${JSON.stringify(model)} has no champion in the registry. Record the live version once with promote and adopt: true, then deploy again.`
    case 'NoChampionNoReadyPod':
      return `Release ${release} has version ${failure.releaseVersion}, but no ready pod, and model ${JSON.stringify(model)} has no champion in the registry. Scale it up and record its version once with promote and adopt: true. If it never served, remove it with "helm uninstall ${release}". Then deploy again.`
    case 'ScaledToZero':
      return `Release ${release} is scaled to zero: ${failure.workload} asks for 0 pods, and the chart leaves that number to an autoscaler. Without a pod, neither a rollout nor a rollback can be verified. Scale it to at least 1 pod and re-run, or set the autoscaler's minimum to 1 (KEDA: minReplicaCount: 1).`
    case 'ChartNamesOtherVersion': {
      const { predicted, reference } = failure
      const hint = reference
        ? `${reference} may set it, but a pod does not state what that holds. Let the chart put model.version into the variable itself, or into an annotation or label of the pods, and set version-from to annotation:KEY or label:KEY.`
        : 'Set version-from to the place where the pods name the version, or put the version there: by version-values, or by model.version in the chart.'
      return `Input version-from: by ${versionFrom}, the new pods of release ${release} would name ${formatNamed(predicted)}, not ${version}. ${hint}`
    }
    case 'PodsNameNoVersion':
      return `Input version-from: by ${versionFrom}, the ready pods of release ${release} name ${formatNamed(failure.named)}, but its values name version ${failure.releaseVersion}. Set version-from to the place where pods name their version. If only the new chart names it, deploy once with env:, label: or annotation:.`
    case 'VersionNamedTwice':
      return `The chart sets the variable ${failure.variable} twice in one container of ${failure.workload}. Helm 4 refuses that, and an upgrade of Helm 3 leaves the old version in one of the two. Keep the one that takes model.version.`
    case 'NoNewPods':
      return `The chart sets ${failure.field} in ${failure.workload} of release ${release}, so no new pod can verify version ${version}. Change it in the chart, values or values-files.`
    case 'ModelValueTaken':
      return `Input chart: its value model is ${JSON.stringify(failure.value).slice(0, 100)}. ${MODEL_VALUE_HINT}`
    case 'UnusableText':
      return `The chart renders text that cannot be meant in ${failure.workload} of release ${release}: ${failure.texts.slice(0, MAX_LISTED).map(formatUnusableText).join('; ')}. Correct the chart, values or values-files.`
    case 'ObjectsRefused': {
      // The API server may give several reasons for one field.
      const byField = new Map(
        failure.refusals.map((each) => [`${each.kind} ${each.name} ${each.field}`, each]),
      )
      const refusals = [...byField.values()].slice(0, MAX_LISTED)
      const hints = new Set(refusals.map((refusal) => apiRefusalHint(refusal, subject.namespace)))
      return `The API server refuses ${refusals.map(formatApiRefusal).join('; ')}. ${[...hints].join(' ')}`
    }
    case 'OtherController':
      return `${formatController(failure.controller)} manages release ${release}, and would undo this deployment. Run "${suspendCommand(failure.controller)}", or deploy with a release name of its own.`
  }
}

/** Entries of a list in a message. */
const MAX_LISTED = 5

const TEXT_PROBLEMS: Record<UnusableText['problem'], string> = {
  expression: 'GitHub evaluates expressions in workflows only',
  image: 'no image has such a name',
  map: 'a mapping where the chart expects text',
  placeholder: 'a placeholder',
  template: 'nothing renders it: the chart needs tpl for that',
  unset: 'a value that is not set',
}

function formatUnusableText({ place, text, problem }: UnusableText): string {
  return `${place} is ${JSON.stringify(oneLine(text, 100))} (${TEXT_PROBLEMS[problem]})`
}

/** What may undo a deployment, as far as this job can see. */
export function describeUpgradeWarnings(
  { controllers = [], showsReadiness, workload }: UpgradePreview,
  { release }: PreflightSubject,
): { input: 'release' | 'chart'; message: string }[] {
  const unknown = controllers.filter(({ state }) => state === 'unknown')
  return [
    ...unknown.map((controller) => ({
      input: 'release' as const,
      message: `Objects of release ${release} belong to ${formatController(controller)}, which this job cannot read. Unless it is suspended, it undoes the deployment: run "${suspendCommand(controller)}".`,
    })),
    ...(showsReadiness === false
      ? [
          {
            input: 'chart' as const,
            message: `No container of ${workload} has a readiness probe, so its pods count as ready as soon as they start, and a server that fails while it loads the model is not rolled back. Add a readinessProbe to the chart.`,
          },
        ]
      : []),
  ]
}

function formatReleaseNotFound(
  champion: string,
  { release, namespace, 'model-name': model }: PreflightSubject,
  { serving, names }: OtherReleases,
): string {
  const similar = serving?.kind === 'in-namespace' ? serving.release : didYouMean(release, names)
  const known = serving ? `, and ${describeChampionRelease(serving)}` : ''
  const hint =
    similar === undefined ? 'Check release, namespace and kubeconfig.' : `Did you mean release ${similar}?`
  return `Input release: namespace ${namespace} has no release ${release}, but version ${champion} of model ${JSON.stringify(model)} is champion${known}. ${hint} For the first deployment to a new cluster or environment, set first-install to true.`
}

export function servesOtherVersion(
  { release }: PreflightSubject,
  served: string,
  { champion, championRelease }: Pick<VersionStatus, 'champion' | 'championRelease'>,
): string {
  const promoted = championRelease === undefined ? '' : `, promoted for release ${championRelease}`
  return `Release ${release} serves version ${served}, but the champion is version ${champion}${promoted}. Run reconcile to see which is right.`
}

function formatNamed(version: string | undefined): string {
  return version === undefined ? 'no model version' : JSON.stringify(version)
}
