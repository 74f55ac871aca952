/** MLflow stores an infinity as the largest double (1.7976931348623157e308), and gives it back as a finite number. */
const STORED_INFINITY = 1.797e308

/** Whether a metric's value is an infinity, also in the form in which MLflow stores one. NaN is none. */
export function isInfinite(value: number): boolean {
  return Math.abs(value) >= STORED_INFINITY
}

/** The value as a number that may be compared, or in words why it may not. */
export function measured(value: number | undefined): number | string {
  if (value === undefined) return 'missing'
  if (Number.isNaN(value)) return 'NaN'
  return isInfinite(value) ? 'infinite' : value
}

/** A computed value as people read it: four significant digits, without needless zeros. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const short = Number(value.toPrecision(4))
  return Math.abs(short) >= 1e-4 || short === 0 ? String(short) : short.toExponential()
}

/** The same of a change, whose direction shows. */
export function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${figure(value)}`
}
