import { toComparable } from '../../core/metric-value.ts'
import type { MetricRule } from '../criteria/gate-policy.ts'
import type { LoggedComparison, Model } from './types.ts'
import { findValueRange } from './value-range.ts'

/** A value of the metric from predictions, with its standard error. */
export interface MeasuredValue {
  value: number
  error: number
}

/** The value from the predictions beside the one that the run logged under the same name; undefined if it logged none. */
export function compareWithLogged(
  { metric }: MetricRule,
  { value }: MeasuredValue,
  model: Model | undefined,
): LoggedComparison | undefined {
  const logged = toComparable(model?.metrics.get(metric))
  return model && typeof logged === 'number' && Number.isFinite(value)
    ? { model: model.name, value, logged }
    : undefined
}

/** Standard errors of the difference of two samples of this size. Chance explains fewer, even with a few dozen models a year. */
const STANDARD_ERRORS = 4
/** Other data explain a smaller difference: of a metric whose best value is 1, and as a share of the larger value of others. */
const MATERIAL = { points: 0.1, share: 0.25 }

/**
 * Whether chance does not explain how much a value from predictions differs from the logged one. The run may have logged it
 * on other data, so this alone proves nothing.
 * @param error the standard error of the value
 */
export function isUnlikeLogged(
  { metric, statistic }: MetricRule,
  error: number,
  { value, logged }: LoggedComparison,
): boolean {
  const difference = Math.abs(value - logged)
  const isOfOne = findValueRange(statistic ?? metric)?.greatest === 1
  const material = isOfOne ? MATERIAL.points : MATERIAL.share * Math.max(Math.abs(value), Math.abs(logged))
  return difference > material && difference > STANDARD_ERRORS * Math.SQRT2 * error
}

/** How much better two values must fit the other way round. Two unrelated data sets reach this once in 250 times at most. */
const BETTER_FIT = 10

/** Whether each value fits what the run of the other model logged, and not its own. */
export function areSwapped(candidate: LoggedComparison, champion: LoggedComparison): boolean {
  const misfit = (one: LoggedComparison, other: LoggedComparison) =>
    Math.hypot(candidate.value - one.logged, champion.value - other.logged)
  const given = misfit(candidate, champion)
  return given > 0 && BETTER_FIT * misfit(champion, candidate) <= given
}
