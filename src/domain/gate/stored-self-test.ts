import { decimal, format, negate, subtract } from '../decimal.ts'
import { measured } from '../metric-value.ts'
import type { Check } from './check.ts'
import { amountIn, exactAmount } from './margin.ts'
import type { Comparison, Direction } from './policy.ts'
import type { SelfTest } from './self-test.ts'
import type { Contest } from './trial.ts'

/** Far more than the rounding of a double, far less than any margin. */
const ROUNDING = 1e-9

/**
 * The question about stored values, asked with values whose answers are known, made from the champion's own.
 * @param ask how the gate answers for a candidate's value and a champion's
 */
export function testStored(
  { policy, candidate, champion }: Contest,
  ask: (own: number, theirs: number) => Check['result'] | undefined,
): SelfTest[] {
  const { primary, comparison } = policy
  const own = measured(candidate.metrics.get(primary.metric))
  const theirs = measured(champion?.metrics.get(primary.metric))
  if (!champion || comparison.kind === 'threshold' || typeof theirs === 'string') return []
  const decoy = justShort(theirs, primary.direction, comparison)
  const itself = {
    name: 'the champion is not better than itself',
    passed: ask(theirs, theirs) !== 'holds',
    said: `${theirs} counts as better than ${theirs}`,
  }
  const swapped = {
    name: 'the two swapped are not both let through',
    passed: typeof own === 'string' || ask(own, theirs) !== 'holds' || ask(theirs, own) !== 'holds',
    said: `${own} is let through against ${theirs}, and ${theirs} against ${own}`,
  }
  const short = {
    name: 'a decoy just short of the boundary is not let through',
    passed: decoy === undefined || ask(decoy, theirs) !== 'holds',
    said: `${decoy} is let through against ${theirs}`,
  }
  // A model that is as good as the champion may replace it where only "not worse" is asked for.
  return comparison.kind === 'challenger' ? [itself, swapped, short] : [short]
}

/** A value on the worse side of the boundary, so far from it that a double tells them apart. */
function justShort(champion: number, direction: Direction, comparison: Comparison): number | undefined {
  if (comparison.kind === 'threshold') return undefined
  const superior = comparison.kind === 'challenger'
  const amount = exactAmount(amountIn(comparison), champion)
  if (!amount) return undefined
  const gain = superior === (direction === 'higher') ? amount : negate(amount)
  const bar = Number(format(subtract(decimal(champion), negate(gain))))
  const worse = direction === 'higher' ? -1 : 1
  return bar + worse * Math.max(1, Math.abs(bar)) * ROUNDING
}
