import { type Revision, wasTakenBack } from './history.ts'
import { type Live, served } from './live.ts'
import { type Mark, validMarks } from './marks.ts'
import { type Stay, staysBecause } from './rollback-rules.ts'
import { type WayBack, wayBack } from './rollback-way.ts'

/** What is asked: take this version back. */
export interface Order {
  release: string
  model: string
  /** A version number, or `live`, which a person may write. */
  bad: string
  /** ISO 8601; undefined: now. */
  firedAt: string | undefined
  /** ISO 8601, UTC. */
  now: string
  /** Milliseconds that a version may have been champion to be taken back rather than retrained. */
  window: number
  toRevision: number | undefined
  /** Web page of this workflow run; empty outside GitHub. */
  run: string
}

/** What was found before anything is touched. */
export interface Found {
  history: readonly Revision[]
  marks: readonly Mark[]
  live: Live
  /** By MLflow's alias; undefined where there is none, or nobody to ask. */
  champion: string | undefined
  /** When MLflow's ledger says that a version was promoted. */
  promotedAt(version: string): string | undefined
}

export type Decision =
  /** Nothing is touched. */
  | ({ kind: 'refused'; bad: string } & Stay)
  /** The release has gone back from it already: by an earlier run of this, perhaps one that was killed. */
  | { kind: 'gone-back'; bad: string; to: WayBack }
  /** Back to the first of these that can be loaded and is not in quarantine, newest first. */
  | { kind: 'go'; bad: string; targets: readonly Mark[] }

/**
 * Whether a version is taken back, and to which revisions. Only what is named, live now, promoted before the alert fired
 * and within the window; only to a revision that was seen good and served another version of the model.
 */
export function decide(order: Order, found: Found): Decision {
  const { release } = order
  const live = liveVersionIn(found.live)
  const way = wayBack(found)
  const bad = order.bad === 'live' ? resolved(order, found, live, way) : order.bad
  const refused = (stay: Stay): Decision => ({ kind: 'refused', bad: bad ?? '', ...stay })
  if (bad === undefined || live === undefined) {
    return refused({
      why: `what release ${release} serves is unknown: neither its values nor its pods name one version; see the input version-from`,
    })
  }
  if (bad !== live) {
    if (way?.from === bad) return { kind: 'gone-back', bad, to: way }
    return refused({ why: `release ${release} serves version ${live}, not ${bad}` })
  }
  const stay = staysBecause(bad, order, found)
  if (stay) return refused(stay)
  const targets = targetsFor(bad, order, found)
  return 'why' in targets ? refused(targets) : { kind: 'go', bad, targets }
}

/** The version that the deployed revision carries; where its values name none, the one that its pods serve. */
export function liveVersionIn({ releaseVersion, pods }: Live): string | undefined {
  if (releaseVersion !== undefined) return releaseVersion
  const serves = served(pods)
  return serves.kind === 'one' ? serves.version : undefined
}

/**
 * What a person means by `live`. A run that is run again after it went back must not go back once more: where this very
 * run made the way back, or it is unfinished (the champion is still the version that it leads away from; with no registry
 * to ask, nobody saw it come up), that version is meant.
 */
function resolved(order: Order, { champion }: Found, live: string | undefined, way: WayBack | undefined) {
  if (!way) return live
  const mine = order.run !== '' && way.mark?.run === order.run
  const unfinished = champion === undefined ? !way.mark : champion === way.from
  return mine || unfinished ? way.from : live
}

/** Revisions to go back to, newest first, or why there is none. */
function targetsFor(bad: string, order: Order, { history, marks, live }: Found): Mark[] | Stay {
  const { release, model, toRevision } = order
  const older = validMarks(marks, history).filter(({ revision }) => revision < live.revision)
  const fit = older
    .filter(({ version, model: of }) => version !== '' && version !== bad && [model, ''].includes(of))
    .filter(({ revision }) => !wasTakenBack(revision, history))
    .sort((one, other) => other.revision - one.revision)
  if (toRevision !== undefined) {
    const chosen = fit.filter(({ revision }) => revision === toRevision)
    if (chosen.length > 0) return chosen
    const why = whyNoTarget(older, bad, toRevision)
    const known = fit.map(({ revision, version }) => `${revision} (version ${version})`).join(', ') || 'none'
    return {
      why: `Input to-revision: revision ${toRevision} of release ${release} ${why}; it can go back to: ${known}.`,
      misuse: true,
    }
  }
  if (fit.length > 0) return fit
  return {
    why: `no earlier revision of release ${release} was seen good with another version than ${bad}, so there is nothing to go back to; the cure is a retrain`,
    retrain: true,
  }
}

function whyNoTarget(older: readonly Mark[], bad: string, revision: number): string {
  const mark = older.find((each) => each.revision === revision)
  if (!mark) return 'was never seen good (only what helm-deploy saw serving was)'
  if (mark.version === bad) return `served version ${bad}, too`
  return mark.version === '' ? 'named no version' : 'was taken back itself, or served another model'
}
