import { capitalize, oneLine } from '../../src/domain/core/text.ts'
import { type ConsistencyResult, mostSevereFinding } from '../../src/domain/reconcile/consistency.ts'
import type { RepairRefusal } from '../../src/domain/reconcile/repair.ts'
import type {
  Finding,
  FindingKind,
  PreviousAliasProblem,
  Snapshot,
  UnfinishedWork,
} from '../../src/domain/reconcile/snapshot.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { describeNoDeployedRevision, type Revision } from '../../src/domain/release/revision-history.ts'
import { describeChampionRelease } from '../../src/release/registry/champion-release.ts'
import { describeChampionEvent, describeFault } from '../../src/release/registry/version-messages.ts'

const WAIT = 'No action needed: the next run checks again.'
const ADOPT = 'Run promote with adopt: true, which records the live version as champion.'
const DEPLOY = 'Deploy the intended version with helm-deploy, then promote it.'

const OTHER_RELEASE =
  'Correct the input release, namespace or environment. If one of the two releases is not needed, uninstall it.'

/** What to do about a finding, as sentences. VERSION stands for the version that the release was rolled back from. */
const HINTS: Record<FindingKind, string> = {
  'in-progress': WAIT,
  interrupted:
    'Run reconcile with repair: true, or re-run helm-deploy. Both recover the interrupted operation.',
  'release-locked': 'Run reconcile with repair: true, which unlocks the release.',
  'other-model': 'Correct the input release or model-name.',
  'pods-mismatch': 'If no rollout is running, check why the old pods are not replaced.',
  'values-pods-mismatch': 'The workload was changed outside Helm. Deploy again.',
  'champion-unclear':
    'If the live version is eligible, run reconcile with repair: true, which sets the alias. Otherwise set it manually.',
  'no-release': DEPLOY,
  'rollback-unrecorded':
    'Run demote with model-version: VERSION and the reason, or re-run that workflow. Set quarantine: false if the model was not at fault.',
  'no-alias': ADOPT,
  'alias-release-mismatch':
    'Run reconcile with repair: true, promote the live version, or deploy the version that the alias names.',
  'champion-quarantined':
    'Roll back with helm-rollback and demote the version, or clear the quarantine with promote and clear-quarantine.',
  'champion-demoted': 'Promote the version that is serving.',
  'champion-unloadable': 'Restore its run or files, or deploy another version.',
  'champion-unverifiable':
    'No action needed. To let reconcile check the files, register the version from the model that its run logged (models:/m-…).',
  'live-unregistered': `Check tracking-uri and workspace. ${DEPLOY}`,
  'live-quarantined':
    'Roll it back with helm-rollback, or clear the quarantine with promote and clear-quarantine.',
  'live-demoted': 'Roll it back with helm-rollback, or promote it again if it may serve.',
  'live-unevaluated': `Evaluate it with gatekeeper, or adopt it. ${ADOPT}`,
  'version-tags': 'The alias was moved outside this suite. Promote the live version, which updates the tags.',
  'previous-alias': 'Run reconcile with repair: true, or set the alias to the last good champion.',
  stages: 'Run reconcile with repair: true, or promote with mirror-stages: true.',
  'no-ready-pods': 'If the workload is not scaled to zero on purpose, check why its pods are not ready.',
  'version-unknown': 'Set version-from to where the pods state their version.',
  'workload-unwatched': 'Until then, remove this reconcile workflow.',
  'not-deployed': 'No action needed before the first deployment.',
  'champion-from-stage': 'Run promote with adopt: true, which sets the alias.',
  unverified: 'No action needed: the next helm-deploy records it if all pods are ready.',
}

/** A finding in words: a sentence on one line that says which sources contradict each other, and what to do. */
export function describeFinding(finding: Finding, snapshot: Snapshot): { message: string; hint: string } {
  const from = finding.kind === 'rollback-unrecorded' ? finding.rollback.from : ''
  const belongsElsewhere =
    snapshot.championRelease && (finding.kind === 'alias-release-mismatch' || finding.kind === 'no-release')
  const hint = belongsElsewhere ? OTHER_RELEASE : HINTS[finding.kind].replace('VERSION', () => from)
  return { message: oneLine(wordFinding(finding, snapshot)), hint }
}

/** The most severe finding; empty if registry, release and pods are consistent. */
export function describeMostSevere(result: ConsistencyResult, snapshot: Snapshot): string {
  const finding = mostSevereFinding(result)
  return finding ? describeFinding(finding, snapshot).message : ''
}

/** Why a repair leaves the aliases alone, as sentences. */
export function describeRefusal(refusal: RepairRefusal, snapshot: Snapshot): string {
  return `The aliases were not changed. ${oneLine(wordFinding(refusal, snapshot))}`
}

function wordFinding(finding: RepairRefusal, snapshot: Snapshot): string {
  const { model, release, names, live, holder, championRelease } = snapshot
  const deployed = live ? `revision ${live.revision} of release ${release}` : `release ${release}`
  const champion = describeChampion(snapshot)
  const elsewhere = championRelease ? `, and ${describeChampionRelease(championRelease)}` : ''
  switch (finding.kind) {
    case 'in-progress':
      return finding.pending
        ? `A Helm operation is in progress: ${describePending(finding.pending, release)}.`
        : `Release ${release} is locked by ${holder?.description}, which may still be running.`
    case 'interrupted':
      return `${capitalize(holder?.description ?? '')} ${describeUnfinishedWork(finding.work, release)}.`
    case 'release-locked':
      return `Release ${release} is locked by a Helm process that ended: ${describePending(finding.pending, release)}.`
    case 'other-model':
      return `${capitalize(deployed)} serves model ${finding.model}, not ${model}.`
    case 'pods-mismatch':
      return `The ready pods of ${deployed} serve different versions: ${finding.versions.join(' and ')}.`
    case 'values-pods-mismatch':
      return `The values of ${deployed} name version ${live?.releaseVersion}, but its ready pods serve version ${finding.served}.`
    case 'values-unversioned':
      return `The values of ${deployed} name no version, but its ready pods serve version ${finding.served}.`
    case 'other-release':
      return `${champion}, and ${describeChampionRelease(finding.release)}.`
    case 'rollout-incomplete':
      return `The rollout of ${deployed} is not complete.`
    case 'champion-unclear':
      return `The champion is unclear: ${finding.reason}.`
    case 'no-release':
      return `${champion}${elsewhere}, but ${describeNoDeployedRevision(release, snapshot.history)}.`
    case 'rollback-unrecorded': {
      const { from, verifiedRevision } = finding.rollback
      const { revision, version, run } = verifiedRevision
      return `Release ${release} was rolled back from version ${from} to version ${version} (revision ${revision}, by ${run}), but the tags of version ${from} do not record why.`
    }
    case 'no-alias':
      return `Alias ${names.champion} does not exist, but ${deployed} is live with ${finding.version === undefined ? 'an unknown version' : `version ${finding.version}`}.`
    case 'alias-release-mismatch':
      return `${champion}${elsewhere}, but ${describeLive(snapshot, finding.served)}.`
    case 'champion-quarantined':
    case 'champion-demoted':
    case 'champion-unloadable':
    case 'champion-unverifiable':
      return `${champion}, which ${describeFault(finding)}.`
    case 'live-unregistered':
      return `The registry does not list version ${finding.version}, which is live in ${deployed}.`
    case 'live-quarantined':
    case 'live-demoted':
    case 'live-unevaluated':
    case 'live-unloadable':
      return `Version ${finding.version}, which is live in ${deployed}, ${describeFault(finding)}.`
    case 'version-tags':
      return `The version tags record that ${describeChampionEvent(finding.event)}. ${champion}.`
    case 'previous-alias':
      return `Alias ${names.previous} points to version ${finding.version}, ${describePreviousProblem(finding.problem, finding.version, snapshot)}.`
    case 'stages':
      return `Stage Production holds ${finding.inProduction.length === 0 ? 'no version' : `version ${finding.inProduction.join(' and ')}`}. ${champion}.`
    case 'no-ready-pods':
      return `No pod of ${live?.workload} is ready, so the version that ${deployed} serves is unknown.`
    case 'version-unknown':
      return `${live?.versionFrom} finds no version in ${finding.pods.join(', ')} of release ${release}.`
    case 'workload-unwatched':
      return finding.reason
    case 'not-deployed':
      return `Nothing is deployed: ${model} has no champion, and ${describeNoDeployedRevision(release, snapshot.history)}.`
    case 'champion-from-stage':
      return `Alias ${names.champion} does not exist. ${champion}.`
    case 'unverified':
      return `No job of this suite has verified that ${deployed} serves.`
  }
}

function describePending({ revision, status, updated }: Revision, release: string): string {
  return `revision ${revision} of release ${release} has been ${status} since ${updated}`
}

/** What an expired holder left undone, as the end of a sentence about it. */
function describeUnfinishedWork(work: UnfinishedWork, release: string): string {
  return work.kind === 'failure-unrecorded'
    ? `could not write the failure of version ${work.versions.join(', ')} to its tags`
    : `was interrupted and left release ${release} incomplete: ${work.reason}`
}

/** Which version is champion, and by what, as a clause. */
function describeChampion({ champion, names }: Snapshot): string {
  if (champion.kind !== 'version') return `Alias ${names.champion} names no version`
  const { number } = champion.version
  return champion.source === 'alias'
    ? `Alias ${names.champion} points to version ${number}`
    : `Stage Production holds version ${number}, which counts as champion`
}

/** What values and ready pods say, as a clause. */
function describeLive({ live, release }: Snapshot, served: string | undefined): string {
  const values = live?.releaseVersion
  if (values === undefined)
    return `the ready pods of revision ${live?.revision} of release ${release} serve version ${served}`
  const pods = served === undefined ? '' : `, and its ready pods serve version ${served}`
  return `the values of revision ${live?.revision} of release ${release} name version ${values}${pods}`
}

function describePreviousProblem(
  problem: PreviousAliasProblem,
  number: string,
  { names, quarantined, versions }: Snapshot,
): string {
  return {
    'same-as-champion': `as does ${names.champion}`,
    unregistered: 'which the registry does not list',
    quarantined: `which is quarantined: ${quarantined.get(number)}`,
    demoted: `which was demoted on ${versions.find((one) => one.number === number)?.tags[versionTags.demotedAt]}`,
  }[problem]
}
