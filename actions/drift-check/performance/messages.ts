import { compare, parseDecimal } from '../../../src/domain/core/decimal.ts'
import { formatCompared, formatValue } from '../../../src/domain/core/metric-value.ts'
import type { PerformanceProblem } from '../../../src/domain/drift/performance/performance.ts'
import type { PerformanceResult } from '../../../src/domain/drift/performance/result.ts'
import { describeRange } from '../../../src/domain/gate/evaluation/value-range.ts'
import { quote } from '../../../src/domain/table/messages.ts'

/** The result in one sentence, without its end. */
export function describePerformance(result: PerformanceResult): string {
  const { metric, baseline, current, drop, limit, kind } = result
  const change =
    baseline.value === current.value
      ? `stayed at ${formatCompared(baseline.value)}`
      : `${current.value < baseline.value ? 'fell' : 'rose'} from ${formatCompared(baseline.value, current.value)} to ${formatCompared(current.value, baseline.value)}`
  const isDrop = compare(parseDecimal(drop), parseDecimal('0')) > 0
  const size = isDrop
    ? `a drop of ${drop}, ${kind === 'stable' ? 'at most' : 'more than'} the allowed ${limit}`
    : 'no drop'
  return `${quote(metric)} ${change}, ${size}${describeCertainty(result)}`
}

function describeCertainty({ kind, interval, pointRule, current }: PerformanceResult): string {
  if (interval && kind !== 'stable') {
    const bound = `it is at least ${formatValue(interval.low)} at ${interval.confidence * 100} % confidence`
    const rows = current.rows?.toLocaleString('en-US')
    return kind === 'drift' ? `; ${bound}` : `; ${rows} rows show such a drop by chance too: ${bound}`
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
