/** A softmax or a sum in 32-bit floats leaves [0, 1] by up to about this. */
export const PROBABILITY_TOLERANCE = 1e-5

/** The probability within [0, 1]; NaN if it is outside by more than rounding explains. */
export function clipProbability(value: number): number {
  if (value >= 0 && value <= 1) return value
  if (value < 0) return value >= -PROBABILITY_TOLERANCE ? 0 : Number.NaN
  return value <= 1 + PROBABILITY_TOLERANCE ? 1 : Number.NaN
}
