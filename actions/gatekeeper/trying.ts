import { createHash } from 'node:crypto'
import { type Place, placeIn } from '../../src/adapters/mlflow/artifacts.ts'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { oracle } from '../../src/domain/gate/decoy.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import { problemWith, statisticNamed } from '../../src/domain/gate/statistics.ts'
import { hold, type Model, type Trial } from '../../src/domain/gate/trial.ts'
import type { RunState } from '../../src/domain/verdict.ts'
import type { Context } from '../../src/runtime/context.ts'
import { staleChampion, storedDoubts, storedRows } from './doubts.ts'
import type { Judged, Role, SameRows, scoreOnSameRows } from './same-rows.ts'
import { type Seen, stateOf } from './seen.ts'

/** What was measured, and what stands against believing it. */
export interface Tried {
  trial: Trial | undefined
  doubts: string[]
  /** Why the candidate could not be scored. */
  unscored: string | undefined
  notes: string[]
  /** Digest of the holdout that decided; undefined where stored values did. */
  holdout: string | undefined
  /** Rows of the holdout. */
  rows: number | undefined
  /** Days since the champion was promoted. */
  championAge: number | undefined
}

export type Score = typeof scoreOnSameRows

/** Measures both models as the policy asks for. Nothing is run for a candidate that is unfit anyway: see `judge`. */
export async function tryOut(
  context: Context,
  mlflow: Mlflow,
  seen: Seen,
  { policy, hash }: { policy: GatePolicy; hash: string },
  now: Date,
  score: Score,
): Promise<Tried> {
  const stale = staleChampion(seen, policy, now)
  const about = {
    doubts: stale.doubt === undefined ? [] : [stale.doubt],
    notes: stale.note === undefined ? [] : [stale.note],
    championAge: stale.days,
  }
  const same = await score(context, {
    policy,
    labels: labelsOf(policy),
    models: await models(mlflow, seen, policy),
    mlflow,
  })
  return same.kind === 'none' ? byStored(seen, policy, about) : byRows(seen, policy, hash, same, about, now)
}

type About = Pick<Tried, 'doubts' | 'notes' | 'championAge'>

function byStored(seen: Seen, policy: GatePolicy, about: About): Tried {
  const { doubts, notes } = storedDoubts(seen, policy)
  const trial = hold({
    policy,
    ...contenders(seen, policy),
    scored: undefined,
    storedRows: storedRows(seen, policy),
  })
  return {
    ...about,
    trial,
    doubts: [...about.doubts, ...doubts, ...missingAnchor(seen, policy)],
    unscored: undefined,
    notes: [...trial.notes, ...notes, ...about.notes],
    holdout: undefined,
    rows: undefined,
  }
}

function byRows(
  seen: Seen,
  policy: GatePolicy,
  hash: string,
  same: SameRows & { kind: 'scored' },
  about: About,
  now: Date,
): Tried {
  const { rows, invalid } = same
  const { predictions, failures } = measurable(same, policy)
  const { candidate, champion, anchor } = predictions
  const excused = excuse(seen, policy, failures.champion, now)
  const contest = contenders(seen, policy)
  const trial =
    candidate &&
    hold({
      policy,
      ...contest,
      scored: { rows, candidate, champion, anchor, seed: seedOf(hash, same) },
      storedRows: undefined,
    })
  const failed = failures.anchor === undefined ? [] : [`the anchor cannot be scored: ${failures.anchor}`]
  return {
    ...about,
    trial,
    doubts: [...about.doubts, ...invalid, ...excused.doubts, ...failed, ...missingAnchor(seen, policy)],
    unscored: failures.candidate,
    notes: [...(trial?.notes ?? []), ...same.notes, ...excused.notes, ...about.notes],
    holdout: rows.digest,
    rows: rows.count,
  }
}

/** Predictions that the statistic cannot be computed from are as good as none, unless the holdout is at fault. */
function measurable(
  { rows, predictions, failures }: SameRows & { kind: 'scored' },
  { primary }: GatePolicy,
): Pick<SameRows & { kind: 'scored' }, 'predictions' | 'failures'> {
  const statistic = statisticNamed(primary.statistic ?? primary.metric)
  if (!statistic || problemWith(statistic, rows, oracle(rows)) !== undefined) return { predictions, failures }
  const told = Object.entries(predictions).map(
    ([role, said]) => [role as Role, said, problemWith(statistic, rows, said)] as const,
  )
  const known = told.filter(([, , problem]) => problem === undefined)
  const unknown = told.flatMap(([role, , problem]) =>
    problem === undefined ? [] : [[role, problem] as const],
  )
  return {
    predictions: Object.fromEntries(known.map(([role, said]) => [role, said])),
    failures: { ...failures, ...Object.fromEntries(unknown) },
  }
}

/** A champion that can no longer be scored stops everything, unless a named person let this very version go. */
function excuse(
  { champion }: Seen,
  { champion: { incomparable } }: GatePolicy,
  failure: string | undefined,
  now: Date,
): { doubts: string[]; notes: string[] } {
  if (failure === undefined || champion.kind !== 'version') return { doubts: [], notes: [] }
  const said = `champion ${champion.number} can no longer be scored, so the two are incomparable: ${failure}`
  const mine = incomparable?.version === champion.number ? incomparable : undefined
  if (!mine || now > endOf(mine.until)) {
    const cure = mine
      ? `what the policy lets go in champion.incomparable ended on ${mine.until}`
      : 'mend the script for it, or let this version go in the policy: champion.incomparable with version, by, reason and until'
    return { doubts: [`${said}; ${cure}`], notes: [] }
  }
  return {
    doubts: [],
    notes: [
      `${said}. Let go by ${mine.by} until ${mine.until}: ${mine.reason}. Only what needs no predictions of it was asked for.`,
    ],
  }
}

/** The last moment of a day. */
function endOf(day: string): Date {
  return new Date(Date.parse(day) + 86_400_000 - 1)
}

function missingAnchor({ anchor }: Seen, { comparison }: GatePolicy): string[] {
  if (comparison.kind !== 'refresh' || !comparison.anchor || anchor) return []
  return [
    `the anchor, version ${comparison.anchor.version}, is not in the registry: name another in the policy`,
  ]
}

function contenders(
  { candidate, champion, anchor }: Seen,
  { comparison }: GatePolicy,
): { candidate: Model; champion: Model | undefined; anchor: Model | undefined } {
  return {
    candidate: { name: 'candidate', metrics: candidate.metrics },
    champion:
      champion.kind === 'version' && comparison.kind !== 'threshold'
        ? { name: `champion ${champion.number}`, metrics: finished(champion.run, champion.metrics) }
        : undefined,
    anchor: anchor && {
      name: `anchor ${anchor.version.number}`,
      metrics: finished(stateOf(anchor.run), anchor.run?.metrics),
    },
  }
}

/** What a run logged that is gone, or did not end well, proves nothing. */
function finished(
  state: RunState,
  metrics: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  return state === 'FINISHED' ? metrics : new Map()
}

async function models(
  mlflow: Mlflow,
  { run, championRun, current, anchor, model }: Seen,
  policy: GatePolicy,
): Promise<Partial<Record<Role, Judged>>> {
  const compared = policy.comparison.kind !== 'threshold' && current.kind === 'version'
  return {
    candidate: { run, place: placeIn(model.source ?? '') },
    ...(compared && { champion: { run: championRun, place: await placeOf(mlflow, current.version) } }),
    ...(anchor && { anchor: { run: anchor.run, place: await placeOf(mlflow, anchor.version) } }),
  }
}

async function placeOf(mlflow: Mlflow, version: ModelVersion): Promise<Place | undefined> {
  try {
    return await mlflow.placeOf(version)
  } catch (error) {
    if (error instanceof Unlisted) return undefined
    throw error
  }
}

/** Of a ranking, labels are relevances, unless one of them is named as the relevant one. */
function labelsOf({ primary, holdout }: GatePolicy): 'classes' | 'numbers' {
  const statistic = statisticNamed(primary.statistic ?? primary.metric)
  if (statistic?.ranked && holdout?.positive !== undefined) return 'classes'
  return statistic?.labels ?? 'classes'
}

/** The same data and the same policy give the same resamples: nobody can try until one fits. */
function seedOf(policyHash: string, { rows, predictions }: SameRows & { kind: 'scored' }): string {
  const parts = [
    policyHash,
    rows.digest,
    ...Object.entries(predictions).map(([role, { digest }]) => `${role} ${digest}`),
  ]
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

/** Where nothing was measured, since something else decides. */
export const untried: Tried = {
  trial: undefined,
  doubts: [],
  unscored: undefined,
  notes: [],
  holdout: undefined,
  rows: undefined,
  championAge: undefined,
}
