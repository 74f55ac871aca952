import { type Decimal, decimal, format, subtract } from '../decimal.ts'
import { measured } from '../metric-value.ts'
import { exactAmount } from './margin.ts'
import type { Comparison, Direction } from './policy.ts'
import type { SelfTest } from './self-test.ts'
import { compareStored } from './stored.ts'
import type { Contest } from './trial.ts'

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

/** The first value that a double and a person can tell from the boundary, on its worse side. */
function justShort(champion: number, direction: Direction, comparison: Comparison): number | undefined {
  if (comparison.kind === 'threshold') return undefined
  const superior = comparison.kind === 'challenger'
  const amount = exactAmount(superior ? comparison.minImprovement : comparison.margin, champion)
  if (!amount) return undefined
  const gain = superior ? amount : negated(amount)
  const scale = Math.max(gain.scale, decimal(champion).scale) + 3
  const short = subtract(gain, { digits: 1n, scale })
  const change = direction === 'higher' ? short : negated(short)
  return Number(format(subtract(decimal(champion), negated(change))))
}

function negated({ digits, scale }: Decimal): Decimal {
  return { digits: -digits, scale }
}
