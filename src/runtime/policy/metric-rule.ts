import type { Direction, MetricRule } from '../../domain/gate/policy.ts'
import { STATISTIC_NAMES, statisticNamed } from '../../domain/gate/statistics.ts'
import { soundsLikeLower } from '../../domain/metric-name.ts'
import { shown } from '../fields.ts'

const KNOWN = STATISTIC_NAMES.join(', ')

/** A metric as a section of the policy names it. */
export interface NamedMetric {
  metric?: string | undefined
  direction?: Direction | undefined
  statistic?: string | undefined
  across?: string | undefined
}

/** What is wrong with a metric: of which of its keys, and in words. */
export interface MetricFlaw {
  key: 'direction' | 'statistic' | 'metric' | 'across'
  message: string
}

/** The statistic and the direction that a metric has, as far as its name tells; wrong ones are left as they are. */
export function metricRule(given: NamedMetric): MetricRule {
  const { metric = '' } = given
  const statistic = statisticNamed(given.statistic ?? metric)
  const own = given.across === undefined ? statistic?.direction : 'lower'
  return { metric, direction: given.direction ?? own ?? 'higher', statistic: statistic?.name }
}

/** What is asked of a metric. */
export interface MetricUse {
  /** Whether it has to be computed from rows: the metric that decides, or a gap between groups. */
  onRows: boolean
  /** Whether a direction that its name does not tell must be given: always, where it sounds like `lower`, or never. */
  direction: 'needed' | 'assumed' | 'idle'
}

export function metricFlaws(given: NamedMetric, use: MetricUse): MetricFlaw[] {
  const { metric = '', direction, across } = given
  const statistic = statisticNamed(given.statistic ?? metric)
  if (given.statistic !== undefined && !statistic)
    return [{ key: 'statistic', message: `${shown(given.statistic)} is not one of ${KNOWN}` }]
  if (use.onRows && !statistic)
    return [
      {
        key: 'metric',
        message: `${shown(metric)} is no statistic that is computed from rows; known are ${KNOWN}: name the one that it is as statistic`,
      },
    ]
  if (across !== undefined && direction === 'higher')
    return [{ key: 'direction', message: 'higher makes no sense across groups: a smaller gap is better' }]
  if ((direction ?? statistic ?? across) !== undefined || use.direction === 'idle') return []
  if (soundsLikeLower(metric))
    return [
      {
        key: 'direction',
        message: `${shown(metric)} sounds like a metric of which lower is better; say higher or lower`,
      },
    ]
  if (use.direction === 'assumed') return []
  return [
    {
      key: 'direction',
      message: `is needed: ${shown(metric)} is not a metric whose name tells which way is worse; say higher or lower`,
    },
  ]
}

/** Whether all values of the metric, or gaps between them, are between 0 and 1, so that a margin of 1 allows everything or nothing. */
export function isBounded(given: NamedMetric): boolean {
  return statisticNamed(given.statistic ?? given.metric ?? '')?.bounded ?? false
}
