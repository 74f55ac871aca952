import { formatCompared, formatValue } from '../../../src/domain/core/metric-value.ts'
import type { PerformanceProblem } from '../../../src/domain/drift/performance/performance.ts'
import type { PerformanceResult } from '../../../src/domain/drift/performance/result.ts'
import { describeRange } from '../../../src/domain/gate/evaluation/value-range.ts'
import { quote } from '../../../src/domain/table/messages.ts'

/** The result in one sentence, without its end. */
export function describePerformance(result: PerformanceResult): string {
  const { kind, metric, baseline, current, drop, limit, higherIsBetter } = result
  const values = `${formatCompared(baseline.value, current.value)} to ${formatCompared(current.value, baseline.value)}`
  const isBetter = drop.startsWith('-') || drop === '0'
  const verb = current.value === baseline.value ? 'stayed' : higherIsBetter !== isBetter ? 'fell' : 'rose'
  const change = verb === 'stayed' ? `stayed at ${values.split(' ')[0]}` : `${verb} from ${values}`
  const bound = kind === 'stable' ? 'at most' : 'more than'
  const size = isBetter ? 'no drop' : `${bound} the allowed ${limit}`
  return `${quote(metric)} ${change} (${size})${describeCertainty(result)}`
}

function describeCertainty({ kind, interval, pointRule, current }: PerformanceResult): string {
  if (interval && kind !== 'stable') {
    const bound = `the drop is at least ${formatValue(interval.low)} at ${interval.confidence * 100} % confidence`
    return kind === 'drift'
      ? `; ${bound}`
      : `; by chance, ${current.rows} rows show such a drop too (${bound})`
  }
  if (pointRule === 'rows-unknown') return '; n unknown, so the values alone decide'
  return pointRule === 'no-proportion' ? '; no proportion, so the values alone decide' : ''
}

/** Why two values cannot be compared, and the fix. */
export function describePerformanceProblem(problem: PerformanceProblem, metric: string): string {
  const name = quote(metric)
  switch (problem.kind) {
    case 'unknown-direction':
      return `Input higher-is-better: is required, since ${name} does not say whether a higher value is better. Set true or false.`
    case 'wrong-direction':
      return `Input higher-is-better: is ${!problem.higherIsBetter}, but a ${problem.higherIsBetter ? 'higher' : 'lower'} ${name} is better. Remove it, or name another metric.`
    case 'share-of-zero':
      return 'Input max-drop-relative: the baseline is 0, and has no share. Set max-drop.'
    case 'not-a-number':
      return `Input performance-metric: the ${problem.side} value of ${name} is ${problem.value}, which cannot be compared. Log or compute a finite value.`
    case 'out-of-range':
      return `Input performance-metric: the ${problem.side} value of ${name} is ${problem.value}, but it must be ${describeRange(problem.range)}. Is it a percentage, or another metric?`
  }
}
