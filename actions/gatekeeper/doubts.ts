import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { capital } from '../../src/domain/capital.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import { type EvaluationData, type SameData, sameData } from '../../src/domain/gate/same-data.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Seen } from './seen.ts'

/** Contexts of a dataset, as MLflow's users write them, that mean "evaluated on". */
const EVALUATION = /^(test|testing|eval|evaluation|valid|validation|holdout)$/i
const DAY = 86_400_000

/** Why the stored values prove nothing, and what a reader should know of them all the same. */
export function storedDoubts(seen: Seen, policy: GatePolicy): { doubts: string[]; notes: string[] } {
  const { run, championRun, anchor, measuredOnTraining } = seen
  const { metric } = policy.primary
  const doubts = [
    ...[metric, ...policy.guardrails.map((guardrail) => guardrail.metric)].map((each) =>
      otherStep(run, each, 'the candidate'),
    ),
    run && anchor?.run && differentData(run, anchor.run, policy),
    onTraining(measuredOnTraining.candidate, metric, 'the candidate'),
    onTraining(measuredOnTraining.champion, metric, 'the champion'),
  ].filter((doubt) => doubt !== undefined)
  if (policy.comparison.kind === 'threshold' || !run || !championRun) return { doubts, notes: [] }
  const same = sameDataOf(run, championRun, policy)
  if (same.kind === 'different') return { doubts: [...doubts, same.why], notes: [] }
  if (same.kind === 'unknown' && policy.comparable.sameData === 'required')
    return {
      doubts: [
        ...doubts,
        `the policy asks for the same evaluation data (comparable.same_data), and ${same.why}`,
      ],
      notes: [],
    }
  const note =
    same.kind === 'same'
      ? `Both runs were evaluated on the same data, ${same.how}.`
      : `Whether both were evaluated on the same data is not known: ${same.why}.`
  return { doubts, notes: [note] }
}

/** An anchor is held to what the champion is held to. */
function differentData(run: Run, anchor: Run, policy: GatePolicy): string | undefined {
  const same = sameDataOf(run, anchor, policy)
  if (same.kind === 'same' || (same.kind === 'unknown' && policy.comparable.sameData === 'known'))
    return undefined
  return `of the anchor, ${same.why.replaceAll('champion', 'anchor')}`
}

/** What the champion's age says, by the policy; counted from its promotion, or else from the version's creation. */
export function staleChampion(
  { current }: Seen,
  { champion: { maxAge, onStale } }: GatePolicy,
  now: Date,
): { doubt?: string; note?: string; days?: number } {
  if (current.kind !== 'version') return {}
  const { tags, createdAt, number } = current.version
  const since = Date.parse(tags[ledger.promotedAt] ?? '') || createdAt
  if (since === undefined) return {}
  const days = Math.floor((now.getTime() - since) / DAY)
  if (maxAge === undefined || now.getTime() - since <= maxAge) return { days }
  const said = `champion ${number} is ${days} days old, and the policy calls it stale after ${Math.floor(maxAge / DAY)}`
  return onStale === 'inconclusive'
    ? { days, doubt: `${said}: have it looked at, or promote with force and a reason` }
    : { days, note: `${capital(said)}.` }
}

/** Rows behind stored values, where the policy or both runs say so. */
export function storedRows({ run, championRun }: Seen, { comparable }: GatePolicy): number | undefined {
  if (!comparable.rows) return undefined
  if ('count' in comparable.rows) return comparable.rows.count
  const [own, theirs] = [run, championRun].map((each) => Number(rowsOf(each, comparable)))
  return own === theirs && Number.isInteger(own) && Number(own) > 0 ? own : undefined
}

function sameDataOf(run: Run, championRun: Run, { comparable }: GatePolicy): SameData {
  const dataOf = (each: Run): EvaluationData => ({
    // An empty one says nothing.
    sha256: each.params.get(comparable.sha256) || each.tags[comparable.sha256] || undefined,
    datasets: each.datasets
      .filter(({ context, digest }) => EVALUATION.test(context) && digest !== '')
      .map(({ name, digest }) => `${name} ${digest}`),
    rows: rowsOf(each, comparable),
  })
  return sameData(dataOf(run), dataOf(championRun))
}

function rowsOf(run: Run | undefined, { rows }: GatePolicy['comparable']): string | undefined {
  return rows && 'param' in rows ? run?.params.get(rows.param) : undefined
}

/** MLflow gives the value of the highest step, and a checkpoint may be of an earlier one. */
function otherStep(run: Run | undefined, metric: string, whose: string): string | undefined {
  const step = run?.steps.get(metric)
  const steps = (run?.models ?? []).map((model) => model.step)
  if (step === undefined || steps.length === 0 || steps.some((each) => each === 0 || each === step))
    return undefined
  return `${metric} of ${whose} is of step ${step}, and its model of step ${Math.max(...steps)}: log the value of the model's own step last`
}

function onTraining(dataset: string | undefined, metric: string, whose: string): string | undefined {
  return dataset === undefined
    ? undefined
    : `${metric} of ${whose} was measured on its training data (${dataset}): log it on a holdout`
}
