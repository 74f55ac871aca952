import { type Decimal, decimal, format, subtract } from '../decimal.ts'
import { measured } from '../metric-value.ts'
import { exactAmount } from './margin.ts'
import type { Comparison, Direction } from './policy.ts'
import type { SelfTest } from './self-test.ts'
import { compareStored } from './stored.ts'
import type { Contest } from './trial.ts'

/** Far more than the rounding of a double, far less than any margin. */
const ROUNDING = 1e-9

/** The question about stored values, with values whose answers are known, made from the champion's own. */
export function testStored({ policy, champion }: Contest): SelfTest[] {
  const { primary, comparison } = policy
  const theirs = measured(champion?.metrics.get(primary.metric))
  if (!champion || comparison.kind === 'threshold' || typeof theirs === 'string') return []
  const ask = (own: number) =>
    compareStored('primary', primary, own, { name: champion.name, value: theirs }, { comparison }).result
  const decoy = justShort(theirs, primary.direction, comparison)
  const itself = {
    name: 'the champion against itself is not better',
    passed: ask(theirs) !== 'holds',
    said: `${theirs} counts as better than ${theirs}`,
  }
  const short = {
    name: 'a decoy just short of the boundary is not let through',
    passed: decoy === undefined || ask(decoy) !== 'holds',
    said: `${decoy} was let through against ${theirs}`,
  }
  // A model that is as good as the champion may replace it where only "not worse" is asked for.
  return comparison.kind === 'challenger' ? [itself, short] : [short]
}

/** A value on the worse side of the boundary, so far from it that a double tells them apart. */
function justShort(champion: number, direction: Direction, comparison: Comparison): number | undefined {
  if (comparison.kind === 'threshold') return undefined
  const superior = comparison.kind === 'challenger'
  const amount = exactAmount(superior ? comparison.minImprovement : comparison.margin, champion)
  if (!amount) return undefined
  const gain = superior === (direction === 'higher') ? amount : negated(amount)
  const bar = Number(format(subtract(decimal(champion), negated(gain))))
  const worse = direction === 'higher' ? -1 : 1
  return bar + worse * Math.max(1, Math.abs(bar)) * ROUNDING
}

function negated({ digits, scale }: Decimal): Decimal {
  return { digits: -digits, scale }
}
