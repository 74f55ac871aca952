import { compare, type Decimal, decimal, format, negate, subtract } from '../decimal.ts'
import { measured } from '../metric-value.ts'
import { bare, type Check } from './check.ts'
import { amountIn, exactAmount } from './margin.ts'
import type { Amount, Comparison, MetricRule } from './policy.ts'
import { demand, notWorse } from './words.ts'

/** A model by name ("champion 7") and the value that its run logged. */
export interface Rival {
  name: string
  value: number | undefined
}

type Demand =
  | { comparison: Exclude<Comparison, { kind: 'threshold' }> }
  /** May be worse by this much. */
  | { most: Amount }

/**
 * Compares two values as they were logged, in exact decimals: 0.06 is better than 0.05 by 0.01, which doubles deny.
 * Two numbers say nothing of chance; that they were not tested on the same rows is for the report to say.
 */
export function compareStored(
  kind: Check['kind'],
  rule: MetricRule,
  candidate: number | undefined,
  rival: Rival,
  asked: Demand,
): Check {
  const { metric } = rule
  const limit = 'most' in asked ? notWorse(asked.most, rivalWord(rival)) : demand(asked.comparison)
  const check = { ...bare, kind, subject: metric, candidate, rival: rival.value, limit }
  const own = measured(candidate)
  if (typeof own === 'string')
    return { ...check, result: 'fails', why: `the candidate's ${metric} is ${own}` }
  const theirs = measured(rival.value)
  if (typeof theirs === 'string')
    return {
      ...check,
      result: 'undecided',
      why: `${metric} of ${rival.name} is ${theirs}: log it on its run, or promote with force and a reason`,
    }
  const [high, low] = rule.direction === 'higher' ? [own, theirs] : [theirs, own]
  const gain = subtract(decimal(high), decimal(low))
  const said = `${metric} ${own} against ${theirs} of ${rival.name}`
  const amount = 'most' in asked ? asked.most : amountIn(asked.comparison)
  const exact = exactAmount(amount, theirs)
  if (!exact)
    return {
      ...check,
      result: 'undecided',
      why: `${said}: a share of 0 is no amount; give an absolute one in the policy`,
    }
  const superior = 'comparison' in asked && asked.comparison.kind === 'challenger'
  const [holds, words] = superior ? isBetter(gain, exact) : isNotWorse(gain, exact)
  return { ...check, result: holds ? 'holds' : 'fails', why: `${said}: ${words}` }
}

function isBetter(gain: Decimal, least: Decimal): [boolean, string] {
  if (gain.digits === 0n) return [false, 'equal, which is no improvement']
  if (gain.digits < 0n) return [false, `worse by ${format(negate(gain))}`]
  if (compare(gain, least) < 0)
    return [false, `better by ${format(gain)}, and at least ${format(least)} is asked for`]
  return [
    true,
    `better by ${format(gain)}${least.digits === 0n ? '' : `, at least ${format(least)} asked for`}`,
  ]
}

function isNotWorse(gain: Decimal, most: Decimal): [boolean, string] {
  if (gain.digits === 0n) return [true, 'equal']
  if (gain.digits > 0n) return [true, `better by ${format(gain)}`]
  const allowed = `${format(most)} is allowed`
  const loss = negate(gain)
  return [compare(loss, most) <= 0, `worse by ${format(loss)}, and ${allowed}`]
}

function rivalWord({ name }: Rival): string {
  return name.split(' ')[0] ?? 'champion'
}
