import { placeIn } from '../../src/adapters/mlflow/artifacts.ts'
import { orUnlisted } from '../../src/adapters/mlflow/failures.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import { statisticNamed } from '../../src/domain/gate/statistics.ts'
import type { Model } from '../../src/domain/gate/trial.ts'
import type { RunState } from '../../src/domain/verdict.ts'
import type { Judged, Role } from './same-rows.ts'
import { type Seen, stateOf } from './seen.ts'

/** Who is held against whom, by what their runs logged. */
export function contenders(
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

/** Who is to be scored, and where their files are. */
export async function models(
  mlflow: Mlflow,
  { run, championRun, current, anchor, model }: Seen,
  policy: GatePolicy,
): Promise<Partial<Record<Role, Judged>>> {
  const compared = policy.comparison.kind !== 'threshold' && current.kind === 'version'
  return {
    candidate: { run, place: placeIn(model.source ?? '') },
    ...(compared && {
      champion: { run: championRun, place: await orUnlisted(mlflow.placeOf(current.version)) },
    }),
    ...(anchor && { anchor: { run: anchor.run, place: await orUnlisted(mlflow.placeOf(anchor.version)) } }),
  }
}

/** Why nothing is shown where the policy asks for an anchor that is not there. */
export function missingAnchor({ anchor }: Seen, { comparison }: GatePolicy): string[] {
  if (comparison.kind !== 'refresh' || !comparison.anchor || anchor) return []
  return [
    `the anchor, version ${comparison.anchor.version}, is not in the registry: name another in the policy`,
  ]
}

/** Of a ranking, labels are relevances, unless one of them is named as the relevant one. */
export function labelsOf({ primary, holdout }: GatePolicy): 'classes' | 'numbers' {
  const statistic = statisticNamed(primary.statistic ?? primary.metric)
  if (statistic?.ranked && holdout?.positive !== undefined) return 'classes'
  return statistic?.labels ?? 'classes'
}
