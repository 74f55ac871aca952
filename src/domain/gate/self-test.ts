import { against } from './interval.ts'
import { checkLimits, minValueLimits } from './limits.ts'
import { type Duel, netChange } from './on-rows.ts'
import type { Primary } from './policy.ts'

/** A question whose answer is known, put to the gate before it judges. */
export interface SelfTest {
  name: string
  passed: boolean
  /** What was seen, to be told where it did not pass. */
  said: string
}

/** The models that are measured beside the two that the question is about. */
export type Known = 'candidate' | 'champion' | 'twin' | 'decoy' | 'labels'

/** Bounds of two mirrored questions are the same numbers, but for the rounding of doubles. */
const ROUNDING = 1e-9

/**
 * Whether the gate can say yes and no, tried on these very rows: the champion is not better than its own twin, the two
 * swapped get the mirrored answer, a decoy just short of the boundary is not let through, and the labels themselves
 * are not refused. A gate that fails one of these is broken, whatever it says of the candidate.
 * @param hasDecoy false where the predictions could not be worsened that far
 */
export function testOnRows(duel: Duel<Known>, hasDecoy: boolean): SelfTest[] {
  const { measured, boundary } = duel
  const itself = measured.change('twin', 'champion')
  const [forth, back] = [measured.change('candidate', 'champion'), measured.change('champion', 'candidate')]
  const apart = Math.max(between(forth.low, -back.high), between(forth.high, -back.low))
  const decoy = against(netChange(duel, 'decoy'), boundary.boundary)
  const labels = against(netChange(duel, 'labels'), boundary.boundary)
  const { values } = measured
  return [
    {
      name: 'the champion is not better than itself',
      passed: itself.estimate === 0 && itself.low <= 0 && itself.high >= 0,
      said: `it counts as between ${itself.low} and ${itself.high} better`,
    },
    {
      name: 'the two swapped get the mirrored answer',
      passed: apart <= ROUNDING,
      said: `the bounds differ by ${apart}`,
    },
    ...(hasDecoy
      ? [
          {
            name: 'a decoy just short of the boundary is not let through',
            passed: decoy !== 'above',
            said: `it is, with ${values.decoy} against ${values.champion}`,
          },
        ]
      : []),
    {
      // With few rows not even they can be proven better: that is for the verdict to say, and no fault of the gate.
      name: 'the labels as predictions are not refused',
      passed: labels !== 'below',
      said: `they are, with ${values.labels} against ${values.champion} and asked to be ${duel.limit}: no candidate could ever pass, so ask for less`,
    },
  ]
}

/** How far two numbers are apart; two infinities of one sign are the same. */
function between(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b)
}

/** Whether a fixed limit refuses what is just beyond it, and lets the labels as predictions through. */
export function testLimits(primary: Primary, bound: string, labels: number): SelfTest[] {
  const worse = primary.direction === 'higher' ? -1 : 1
  const beyond = Number(bound) + worse * Math.max(1, Math.abs(Number(bound))) * ROUNDING
  const holds = (value: number) =>
    checkLimits('limit', primary.metric, value, minValueLimits(primary)).every(
      ({ result }) => result === 'holds',
    )
  return [
    {
      name: `a value just beyond the limit ${bound} is refused`,
      passed: !holds(beyond),
      said: `${beyond} is let through`,
    },
    {
      name: `the labels as predictions are within the limit ${bound}`,
      passed: holds(labels),
      said: `they are ${labels}: no candidate could ever pass, so ask for less`,
    },
  ]
}
