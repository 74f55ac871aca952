/** MLflow stores an infinity as the largest double (1.7976931348623157e308), and gives it back as a finite number. */
const STORED_INFINITY = 1.797e308

/** Whether a metric's value is an infinity, also in the form in which MLflow stores one. NaN is none. */
export function isInfinite(value: number): boolean {
  return Math.abs(value) >= STORED_INFINITY
}
