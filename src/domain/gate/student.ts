import { normalQuantile } from './normal.ts'

/**
 * Quantile of Student's t with a whole number of degrees of freedom. Few of them: the finite series of Abramowitz and
 * Stegun 26.7.3 and 26.7.4 for the distribution function, inverted by bisection to the last bit. Many: the expansion
 * 26.7.5 about the normal quantile, whose first neglected term is below 1e-10 there.
 */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1 && freedom >= 1)) return Number.NaN
  if (p < 0.5) return -studentQuantile(1 - p, freedom)
  if (freedom > 200) return expanded(normalQuantile(p), freedom)
  // The angle whose tangent is t / sqrt(freedom) has bounds; t has none.
  let [low, high] = [0, Math.PI / 2]
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if ((1 + central(middle, freedom)) / 2 < p) low = middle
    else high = middle
  }
  return Math.tan(low) * Math.sqrt(freedom)
}

/** The probability of being between -t and t, from the angle whose tangent is t / sqrt(freedom). */
function central(angle: number, freedom: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)]
  const odd = freedom % 2 === 1
  let term = odd ? cosine : 1
  let sum = freedom === 1 ? 0 : term
  for (let power = odd ? 3 : 2; power <= freedom - 2; power += 2) {
    term *= (cosine * cosine * (power - 1)) / power
    sum += term
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum
}

function expanded(z: number, freedom: number): number {
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ]
  return terms.reduce((sum, term, index) => sum + term / freedom ** (index + 1), z)
}
