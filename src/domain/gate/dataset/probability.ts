/** A softmax or a sum in 32-bit floats leaves [0, 1] by up to about this. */
export const PROBABILITY_TOLERANCE = 1e-5

/** Probabilities that are rounded to two digits may add up to as much more or less than 1. */
export const SUM_TOLERANCE = 0.05

/** Whether the probabilities of all classes may add up to this. */
export function isWholeProbability(sum: number): boolean {
  return Math.abs(sum - 1) <= SUM_TOLERANCE
}

/** The probability within [0, 1]; NaN if it is outside by more than rounding explains. */
export function clipProbability(value: number): number {
  if (value >= 0 && value <= 1) return value
  if (value < 0) return value >= -PROBABILITY_TOLERANCE ? 0 : Number.NaN
  return value <= 1 + PROBABILITY_TOLERANCE ? 1 : Number.NaN
}
