/** Last term that still changes a double, with a margin. */
const PRECISION = 1e-17
const MAX_STEPS = 100_000

/**
 * Upper tail of the chi-square distribution: the regularized incomplete gamma function Q(freedom / 2, statistic / 2), by
 * the series (Abramowitz and Stegun 6.5.29) below its mean and by the continued fraction (6.5.31, in Lentz's form) above.
 * The fraction gives the tail itself, never 1 minus the rest, so that it is right down to the smallest double.
 * @throws RangeError unless the statistic is at least 0 and `freedom` above 0
 */
export function chiSquareTail(statistic: number, freedom: number): number {
  if (!(statistic >= 0 && freedom > 0 && freedom < Infinity))
    throw new RangeError(`chi-square of ${statistic} with ${freedom} degrees of freedom`)
  const [a, x] = [freedom / 2, statistic / 2]
  if (x === 0) return 1
  if (x === Infinity) return 0
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a))
  return x < a + 1 ? Math.max(0, 1 - factor * lowerSeries(a, x)) : Math.min(1, factor * upperFraction(a, x))
}

/** Two-sided tail of the standard normal: the probability beyond -|z| and |z|. */
export function normalTwoSidedTail(z: number): number {
  return chiSquareTail(z * z, 1)
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let step = 1; step < MAX_STEPS && term > sum * PRECISION; step += 1) {
    term *= x / (a + step)
    sum += term
  }
  return sum
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = Infinity
  let d = 1 / b
  let fraction = d
  for (let step = 1; step < MAX_STEPS; step += 1) {
    const numerator = -step * (step - a)
    b += 2
    d = 1 / (numerator * d + b)
    c = b + numerator / c
    const change = c * d
    fraction *= change
    if (Math.abs(change - 1) < 2 * Number.EPSILON) break
  }
  return fraction
}

/** Stirling's series (Abramowitz and Stegun 6.1.41) from 20 on, whose first neglected term is below 2e-15. */
function logGamma(a: number): number {
  let product = 1
  let x = a
  for (; x < 20; x += 1) product *= x
  const square = x * x
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / x
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - Math.log(product)
}
