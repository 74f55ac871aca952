import { pendingRevision, type Revision } from './history.ts'
import { type Live, served } from './live.ts'

/** What the registry says of the version that is to be deployed. */
export interface Standing {
  /** Gatekeeper's verdict on the version; undefined where there is none. */
  verdict: string | undefined
  /** Whether it is a champion that a person vouched for, when it was live already. */
  adopted: boolean
  /** Artifact digest that the verdict was given for. */
  judgedDigest: string | undefined
  /** The one of the files as they are now; undefined where the server cannot list them. */
  digest: string | undefined
  /** Why it, or a version with the same files, may not be served. */
  quarantined: string | undefined
  champion: string | undefined
  /** The champion that the verdict was given against: a version, "none", or "unclear"; undefined where nobody wrote it down. */
  judgedAgainst: string | undefined
  /** Tags of the version that tell of a rollout that failed. */
  blamed: readonly string[]
}

/** All that decides whether a deployment may begin. */
export interface Request {
  release: string
  model: string
  version: string
  requireVerdict: boolean
  history: readonly Revision[]
  live: Live | undefined
  /** Undefined where there is no tracking server to ask. */
  standing: Standing | undefined
}

/** Why a deployment may not begin, as a sentence with its cure; undefined where it may. */
export function refusal(request: Request): string | undefined {
  return (
    heldByAnother(request) ??
    otherModel(request) ??
    notAdmitted(request) ??
    neverChampion(request) ??
    judgedAgainstAnother(request)
  )
}

function heldByAnother({ history, release }: Request): string | undefined {
  const held = pendingRevision(history)
  if (!held) return undefined
  const cure =
    held.revision === 1
      ? `helm uninstall ${release}`
      : `helm rollback ${release} REVISION with a revision that was good`
  return `Release ${release} is held: its revision ${held.revision} is ${held.status} since ${held.updated}. Another helm is at work on it; if you know that it died, run "${cure}", then deploy again.`
}

function otherModel({ live, release, model }: Request): string | undefined {
  if (!live?.releaseModel || live.releaseModel === model) return undefined
  return `Release ${release} serves the model ${JSON.stringify(live.releaseModel)}, not ${JSON.stringify(model)}: name the release of this model, or uninstall that one first.`
}

function notAdmitted({ standing, model, version, requireVerdict }: Request): string | undefined {
  if (!standing) return undefined
  const named = `Version ${version} of model ${JSON.stringify(model)}`
  if (standing.quarantined)
    return `${named} is in quarantine (${standing.quarantined}): deploy another version, or clear it with promote's input clear-quarantine and a reason.`
  if (!requireVerdict) return undefined
  const { verdict, adopted, judgedDigest, digest } = standing
  if (verdict !== 'promote' && !adopted)
    return `${named} has ${verdict ? `the verdict ${JSON.stringify(verdict)} instead of "promote"` : 'no verdict'}: let gatekeeper judge it first, or set require-verdict to false.`
  if (digest === undefined)
    return adopted
      ? undefined
      : `${named} was judged, but the tracking server cannot list its files now, so nobody can tell whether they are the same: register it from the model that its run logged, or set require-verdict to false.`
  if ((judgedDigest ?? (adopted ? digest : undefined)) !== digest)
    return `${named} was judged with other files than it has now (digest ${judgedDigest ?? 'not recorded'}, now ${digest}): let gatekeeper judge it again.`
  return undefined
}

/**
 * A verdict says that a version is better than one champion. Where another is champion by now, it says nothing. The
 * champion itself may always be deployed again.
 */
function judgedAgainstAnother({ standing, model, version, requireVerdict }: Request): string | undefined {
  if (!standing || !requireVerdict) return undefined
  const { judgedAgainst, champion } = standing
  if (judgedAgainst === undefined || judgedAgainst === 'unclear' || champion === version) return undefined
  if (judgedAgainst === (champion ?? 'none')) return undefined
  const then = judgedAgainst === 'none' ? 'as the first one' : `against version ${judgedAgainst}`
  const now = champion === undefined ? 'there is no champion' : `version ${champion} is the champion`
  return `Version ${version} of model ${JSON.stringify(model)} was judged ${then}, but ${now} now: let gatekeeper judge it again.`
}

/**
 * Nobody becomes first by accident: what serves without a champion behind it must be taken on by a person. No ready pod
 * is no proof of the contrary: a release scaled to zero, or down at this moment, serves its version again tomorrow.
 */
function neverChampion({ standing, live, release, model, version }: Request): string | undefined {
  if (!standing || standing.champion || !live) return undefined
  const serves = served(live.pods)
  if (serves.kind === 'nothing') {
    if (live.releaseVersion === undefined || live.releaseVersion === version) return undefined
    return `Release ${release} has version ${live.releaseVersion}, but the registry has no champion of model ${JSON.stringify(model)}, and no pod of it is ready to tell whether it is good: start its pods and record it once with promote and adopt: true, or, where it never served, remove it with "helm uninstall ${release}"; then deploy again.`
  }
  // Run again after a deployment that was never promoted: the same end.
  if (serves.kind === 'one' && serves.version === version) return undefined
  const what = serves.kind === 'one' ? `version ${serves.version}` : 'something'
  return `Release ${release} already serves ${what}, but the registry has no champion of model ${JSON.stringify(model)}: record it once with promote and adopt: true, then deploy again.`
}
