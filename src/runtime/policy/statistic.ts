import type { Direction } from '../../domain/gate/policy.ts'

interface Statistic {
  name: string
  direction: Direction
  /** Whether its values are between 0 and 1. */
  bounded: boolean
}

const HIGHER = ['accuracy', 'balanced_accuracy', 'f1', 'f1_macro', 'precision', 'recall', 'auc']

/** Stands in until the statistics are there. */
export function statisticNamed(metric: string): Statistic | undefined {
  if (HIGHER.includes(metric) || /^(hit|ndcg)@[1-9][0-9]{0,3}$/.test(metric))
    return { name: metric, direction: 'higher', bounded: true }
  if (metric === 'r2') return { name: metric, direction: 'higher', bounded: false }
  if (['log_loss', 'mae', 'rmse'].includes(metric))
    return { name: metric, direction: 'lower', bounded: false }
  return undefined
}
