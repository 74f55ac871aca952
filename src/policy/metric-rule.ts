import type { Direction, MetricRule } from '../domain/gate/criteria/gate-policy.ts'
import { findKnownDirection, findValueRange, type ValueRange } from '../domain/gate/evaluation/value-range.ts'
import {
  findSimilarStatistic,
  findStatistic,
  STATISTIC_NAMES,
} from '../domain/gate/metrics/statistic-catalog.ts'
import { quote } from '../runtime/fields.ts'
import type { Path } from './yaml.ts'

const KNOWN_STATISTICS = STATISTIC_NAMES.join(', ')

/** A conflict between policy keys. The path names the key to fix. */
export interface Conflict {
  path: Path
  message: string
}

/** A metric as a policy section names it. */
export interface NamedMetric {
  metric?: string | undefined
  direction?: Direction | undefined
  statistic?: string | undefined
  group_disparity?: string | undefined
}

/**
 * Resolves the statistic and direction of a metric, by its keys, else by its name. `higher` stands in for a direction that
 * the policy does not use; `checkMetric` reports one that it uses and does not have.
 */
export function resolveMetricRule(given: NamedMetric): MetricRule {
  const { metric = '' } = given
  const statistic = findStatistic(given.statistic ?? metric)
  const direction = given.direction ?? findImpliedDirection(given, true) ?? 'higher'
  return { metric, direction, statistic: statistic?.name }
}

/**
 * The direction that follows without being set: of a disparity, of a statistic that the gate computes, or of a name that
 * means the same in every library.
 */
function findImpliedDirection(
  { metric = '', statistic, group_disparity }: NamedMetric,
  hasRows: boolean,
): Direction | undefined {
  if (group_disparity !== undefined) return 'lower'
  // A logged metric has the direction of its name: `error_rate` with statistic accuracy is not an accuracy.
  const name = hasRows ? (statistic ?? metric) : metric
  return findStatistic(name)?.direction ?? findKnownDirection(metric)
}

/** How the policy uses a metric. */
export interface MetricUse {
  /** Whether it must be computed from rows. */
  needsRows: boolean
  /** Whether the policy names predictions of the rows. */
  hasRows: boolean
  /** Whether a criterion compares values, which needs a direction. */
  needsDirection: boolean
}

/** @param path of the section that names the metric */
export function checkMetric(given: NamedMetric, use: MetricUse, path: Path): Conflict[] {
  const { metric = '', direction, group_disparity } = given
  const statistic = findStatistic(given.statistic ?? metric)
  const conflict = (key: keyof NamedMetric, message: string) => [{ path: [...path, key], message }]
  if (given.statistic !== undefined && !statistic)
    return conflict('statistic', `${quote(given.statistic)} is not one of ${KNOWN_STATISTICS}`)
  if (use.needsRows && !statistic) {
    const fix = `Set statistic to one of ${KNOWN_STATISTICS}`
    return conflict(
      'metric',
      `${quote(metric)} cannot be computed from rows${askForStatistic(metric)}. ${fix}`,
    )
  }
  if (group_disparity !== undefined && direction === 'higher')
    return conflict('direction', 'must be lower with group_disparity: a smaller disparity is better')
  const implied = findImpliedDirection(given, use.hasRows)
  if (direction !== undefined && implied !== undefined && direction !== implied) {
    const name = quote(statistic?.name ?? metric)
    const fix = 'Remove direction, or name another metric'
    return conflict('direction', `is ${direction}, but a ${implied} ${name} is better. ${fix}`)
  }
  if ((direction ?? implied) !== undefined || !use.needsDirection) return []
  const fix = 'Set direction: lower if a lower value is better, else direction: higher'
  return conflict(
    'direction',
    `is required, since ${quote(metric)} is not one of ${KNOWN_STATISTICS}${askForStatistic(metric)}. ${fix}`,
  )
}

/** " (did you mean "accuracy"?)" for a misspelt statistic; a metric that the gate knows is not misspelt. */
function askForStatistic(metric: string): string {
  const similar = findValueRange(metric) ? undefined : findSimilarStatistic(metric)
  return similar === undefined ? '' : ` (did you mean ${quote(similar)}?)`
}

/** The values that the metric can have, by its statistic or name; a disparity is a difference of two of them. */
export function findMetricRange({
  metric = '',
  statistic,
  group_disparity,
}: NamedMetric): ValueRange | undefined {
  const range = findValueRange(statistic ?? metric)
  if (!range || group_disparity === undefined) return range
  return { least: 0, greatest: range.greatest - range.least }
}
