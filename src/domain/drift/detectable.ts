import { normalQuantile } from '../statistics/distributions.ts'

/** Probability that a difference of the detectable size is found. */
const POWER = 0.8

/**
 * The smallest Kolmogorov-Smirnov distance that is found with 80 % power: Smirnov's critical distance
 * sqrt(-ln(alpha / 2) / 2) sqrt(1 / n + 1 / m), and half a standard normal quantile of the power, since the distance at a
 * point has a standard error of at most sqrt(1 / n + 1 / m) / 2.
 * @param rows that count as independent
 */
export function detectableKsDistance(alpha: number, rows: { reference: number; current: number }): number {
  const error = Math.sqrt(1 / rows.reference + 1 / rows.current)
  return Math.min(1, (Math.sqrt(-Math.log(alpha / 2) / 2) + normalQuantile(POWER) / 2) * error)
}

/**
 * The smallest Jensen-Shannon distance that is found with 80 % power. For small differences, the chi-square statistic is
 * 8 n m / (n + m) times its square. The critical value is Wilson and Hilferty's, the power by the normal approximation of
 * the statistic's root.
 */
export function detectableJensenShannon(
  alpha: number,
  categories: number,
  rows: { reference: number; current: number },
): number {
  const freedom = Math.max(1, categories - 1)
  const spread = 2 / (9 * freedom)
  const critical = freedom * (1 - spread + normalQuantile(1 - alpha) * Math.sqrt(spread)) ** 3
  const noncentral = (Math.sqrt(critical) + normalQuantile(POWER)) ** 2 - freedom
  return Math.sqrt(noncentral / (8 * ((rows.reference * rows.current) / (rows.reference + rows.current))))
}
