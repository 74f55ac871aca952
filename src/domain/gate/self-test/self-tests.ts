import { formatDecimal, negate, parseDecimal, subtract } from '../../core/decimal.ts'
import { compareToMargin } from '../../statistics/interval.ts'
import { type Criterion, resolveAmount, toMargin } from '../criteria/criterion.ts'
import type { Direction, MetricRule } from '../criteria/gate-policy.ts'
import type { Measurement } from '../inference/paired-measurement.ts'

// A new self-test has its kind and rule here, its predictions in control-predictions.ts, and its words in
// actions/gatekeeper/messages/self-tests.ts.

/** A comparison whose answer is known, with what was observed. The gate runs it before it decides. */
export type SelfTest = { passed: boolean } & (
  | { kind: 'a-a-test'; low: number; high: number }
  | { kind: 'swap'; asymmetry: number }
  | { kind: 'negative-control'; control: number; champion: number }
  | { kind: 'positive-control'; control: number; champion: number; criterion: Criterion }
  | { kind: 'beyond-limit' | 'perfect-within-limit'; limit: string; value: number }
  | { kind: 'logged-a-a-test'; champion: number }
  | { kind: 'logged-swap'; candidate: number | undefined; champion: number }
  | { kind: 'logged-negative-control'; control: number | undefined; champion: number }
)

/** The models of a self-test. The copy has the champion's predictions under another digest. */
export type SelfTestModel = 'candidate' | 'champion' | 'championCopy' | 'negativeControl' | 'positiveControl'

/** Far above the rounding of a double, far below any margin. */
const ROUNDING = 1e-9

/**
 * Runs an A/A test, a swap, a negative control and a positive control on the rows of the evaluation. If one fails, the
 * gate itself is broken, and its result for the candidate means nothing.
 * @param hasNegativeControl false if the predictions could not be made bad enough
 */
export function runPairedSelfTests(
  { difference, values }: Pick<Measurement<SelfTestModel>, 'difference' | 'values'>,
  criterion: Criterion,
  hasNegativeControl: boolean,
): SelfTest[] {
  const { estimate, low, high } = difference('championCopy', 'champion')
  const [forward, backward] = [difference('candidate', 'champion'), difference('champion', 'candidate')]
  const asymmetry = Math.max(distance(forward.low, -backward.high), distance(forward.high, -backward.low))
  const margin = toMargin(criterion)
  const compareControl = (control: SelfTestModel) =>
    compareToMargin(difference(control, 'champion', margin.relative), margin.absolute)
  const negative: SelfTest = {
    kind: 'negative-control',
    passed: !hasNegativeControl || compareControl('negativeControl') !== 'above',
    control: values.negativeControl,
    champion: values.champion,
  }
  return [
    { kind: 'a-a-test', passed: estimate === 0 && low <= 0 && high >= 0, low, high },
    { kind: 'swap', passed: asymmetry <= ROUNDING, asymmetry },
    ...(hasNegativeControl ? [negative] : []),
    {
      kind: 'positive-control',
      // Inconclusive is allowed: few rows may not prove even perfect predictions better.
      passed: compareControl('positiveControl') !== 'below',
      control: values.positiveControl,
      champion: values.champion,
      criterion,
    },
  ]
}

/** Distance of two numbers; 0 for two infinities of one sign. */
function distance(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b)
}

/**
 * Tests that a fixed limit fails a value just beyond it and passes the labels as predictions.
 * @param perfectValue value of the labels as predictions
 * @param passes whether the gate accepts a value
 */
export function runLimitSelfTests(
  { direction }: MetricRule,
  limit: string,
  perfectValue: number,
  passes: (value: number) => boolean,
): SelfTest[] {
  const beyond = worsen(Number(limit), direction)
  return [
    { kind: 'beyond-limit', passed: !passes(beyond), limit, value: beyond },
    { kind: 'perfect-within-limit', passed: passes(perfectValue), limit, value: perfectValue },
  ]
}

/**
 * Runs the comparison of logged metrics with values made from the models' own.
 * @param candidate undefined if its value is not comparable
 * @param passes whether the gate accepts a candidate's value against a champion's
 */
export function runLoggedMetricSelfTests(
  direction: Direction,
  criterion: Criterion,
  candidate: number | undefined,
  champion: number,
  passes: (candidate: number, champion: number) => boolean,
): SelfTest[] {
  const control = justBelowMargin(champion, direction, criterion)
  const isRejected = control === undefined || !passes(control, champion)
  const negativeControl: SelfTest = { kind: 'logged-negative-control', passed: isRejected, control, champion }
  // Under "not worse by more than", an equal model may pass.
  if (criterion.kind === 'max-regression') return [negativeControl]
  const isOneWay = candidate === undefined || !passes(candidate, champion) || !passes(champion, candidate)
  return [
    { kind: 'logged-a-a-test', passed: !passes(champion, champion), champion },
    { kind: 'logged-swap', passed: isOneWay, candidate, champion },
    negativeControl,
  ]
}

/** A value on the worse side of the margin; undefined if the margin is relative to 0. */
function justBelowMargin(champion: number, direction: Direction, criterion: Criterion): number | undefined {
  const amount = resolveAmount(criterion.amount, champion)
  if (!amount) return undefined
  const gain = (criterion.kind === 'min-improvement') === (direction === 'higher') ? amount : negate(amount)
  return worsen(Number(formatDecimal(subtract(parseDecimal(champion), negate(gain)))), direction)
}

/** More than the rounding that comparisons drop, that of a 32-bit float. */
const STEP = 1e-6

/** Moves a value in the worse direction, by just enough to count. */
function worsen(value: number, direction: Direction): number {
  return value + (direction === 'higher' ? -1 : 1) * Math.max(1, Math.abs(value)) * STEP
}
