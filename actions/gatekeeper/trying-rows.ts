import { createHash } from 'node:crypto'
import { asked } from '../../src/domain/gate/canonical.ts'
import { oracle } from '../../src/domain/gate/decoy.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import { problemWith, statisticNamed } from '../../src/domain/gate/statistics.ts'
import { hold } from '../../src/domain/gate/trial.ts'
import { contenders, missingAnchor } from './contenders.ts'
import type { Role, SameRows } from './same-rows.ts'
import type { Seen } from './seen.ts'
import type { About, Tried } from './trying.ts'

/** Judges by what the models said of the rows, and tells whom that leaves out. */
export function byRows(
  seen: Seen,
  policy: GatePolicy,
  same: SameRows & { kind: 'scored' },
  about: About,
  now: Date,
): Tried {
  const { rows, invalid } = same
  const { predictions, failures } = measurable(same, policy)
  const { candidate, champion, anchor } = predictions
  const nobody = failures.candidate !== undefined && failures.champion !== undefined
  const excused = nobody ? silent : excuse(seen, policy, failures.champion, now)
  const contest = contenders(seen, policy)
  const trial =
    candidate &&
    hold({
      policy,
      ...contest,
      scored: { rows, candidate, champion, anchor, seed: seedOf(policy, same) },
      storedRows: undefined,
    })
  const failed = failures.anchor === undefined ? [] : [`the anchor cannot be scored: ${failures.anchor}`]
  return {
    ...about,
    trial,
    doubts: [
      ...about.doubts,
      ...invalid,
      // What holds of all of them is no candidate's fault.
      ...(nobody
        ? [
            `neither model can be judged on these rows: ${failures.candidate}; check the policy, the holdout and the predictions`,
          ]
        : []),
      ...excused.doubts,
      ...failed,
      ...missingAnchor(seen, policy),
    ],
    unscored: nobody ? undefined : failures.candidate,
    notes: [...(trial?.notes ?? []), ...same.notes, ...excused.notes, ...about.notes],
    holdout: rows.digest,
    rows: rows.count,
  }
}

const silent = { doubts: [], notes: [] }

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
  { champion: { incomparable }, predictions }: GatePolicy,
  failure: string | undefined,
  now: Date,
): { doubts: string[]; notes: string[] } {
  if (failure === undefined || champion.kind !== 'version') return { doubts: [], notes: [] }
  const said = `champion ${champion.number} can no longer be scored, so the two are incomparable: ${failure}`
  const mine = incomparable?.version === champion.number ? incomparable : undefined
  if (!mine || now > endOf(mine.until)) {
    const known = predictions?.kind !== 'files' || predictions.champion !== undefined
    const mend = known ? 'mend what scores it' : 'name its file in the policy as predictions.champion'
    const cure = mine
      ? `what the policy lets go in champion.incomparable ended on ${mine.until}`
      : `${mend}, or let this version go there: champion.incomparable with version, by, reason and until`
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

/**
 * The same data and the same demands give the same resamples. Of a policy counts what is asked of the rows alone, since
 * with any other setting somebody could try until one fits.
 */
function seedOf(
  policy: GatePolicy,
  { rows, predictions }: Pick<SameRows & { kind: 'scored' }, 'rows' | 'predictions'>,
): string {
  const parts = [
    asked(policy),
    rows.digest,
    ...Object.entries(predictions).map(([role, { digest }]) => `${role} ${digest}`),
  ]
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}
