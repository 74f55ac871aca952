/** MLflow stores an infinity as the largest double (1.7976931348623157e308), and returns it as a finite number. */
const STORED_INFINITY = 1.797e308

/** Whether a metric's value is infinite, also in MLflow's stored form. NaN is not. */
export function isInfinite(value: number): boolean {
  return Math.abs(value) >= STORED_INFINITY
}

/**
 * The value as a person sees it, or why it cannot be compared.
 * @param other the value that it is compared with: if that one is a 32-bit float, both are
 */
export function toComparable(value: number | undefined, other = value): number | string {
  if (value === undefined) return 'missing'
  if (Number.isNaN(value)) return 'NaN'
  if (isInfinite(value)) return 'infinite'
  const isOtherFloat32 = other !== undefined && shortenFloat32(other) !== other
  return dropRounding(shortenFloat32(isOtherFloat32 ? Math.fround(value) : value))
}

/** Sums in another order differ behind these significant digits: the mean of five folds is 0.8099999999999999 or 0.81. */
const RELIABLE_DIGITS = 14

/** A decimal of so few digits that is as close as a 32-bit float can be is what was meant: 100 times 0.81 in 32 bits is 81. */
const MEANT_DIGITS = 5
const FLOAT32_PRECISION = 2 ** -23

function dropRounding(value: number): number {
  if (Number.isInteger(value)) return value
  const short = Number(value.toPrecision(MEANT_DIGITS))
  const isMeant = Math.abs(value - short) <= FLOAT32_PRECISION * Math.abs(value)
  const isNoisy = countDigits(value) >= RELIABLE_DIGITS
  return isMeant && isNoisy ? short : Number(value.toPrecision(RELIABLE_DIGITS))
}

/** The noise of a 32-bit float is so many digits at least. 829/1024 = 0.8095703125 has three behind 0.8095703. */
const MIN_NOISE_DIGITS = 5

/**
 * The decimal that a 32-bit float stands for. torch and Keras compute in 32 bits and log 0.81 as 0.8100000023841858, and
 * 0.8, after rounding, as 0.7999999523162842. It is the shortest decimal that is at most one unit in the last place of a
 * 32-bit float away. Any other value stays, whole numbers and short binary fractions included.
 */
export function shortenFloat32(value: number): number {
  if (Math.fround(value) !== value || Number.isInteger(value)) return value
  const lastPlace = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 23)
  const maxDigits = Math.min(9, countDigits(value) - MIN_NOISE_DIGITS)
  for (let digits = 1; digits <= maxDigits; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.abs(Math.fround(short) - value) <= lastPlace) return short
  }
  return value
}

/** Significant digits of the shortest decimal of a double. */
function countDigits(value: number): number {
  return value.toExponential().replace(/e.*/, '').replace(/\D/g, '').length
}

/** A computed value for display: four significant digits, without trailing zeros. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const short = Number(value.toPrecision(4))
  return Math.abs(short) >= 1e-4 || short === 0 ? String(short) : short.toExponential()
}

/** A value of so few significant digits is shown as it was logged. */
const SHORT_DIGITS = 6

/** A value for display beside values that it was compared with: rounded as long as that does not change their order. */
export function formatCompared(value: number, ...others: readonly number[]): string {
  if (!Number.isFinite(value)) return String(value)
  const wholeDigits = Math.ceil(Math.log10(Math.abs(value)))
  for (let digits = Math.max(4, wholeDigits); digits < 17; digits += 1) {
    const show = (number: number) =>
      countDigits(number) <= SHORT_DIGITS ? number : Number(number.toPrecision(digits))
    const keepsOrder = (other: number) => Math.sign(show(value) - show(other)) === Math.sign(value - other)
    if (others.every((other) => !Number.isFinite(other) || keepsOrder(other))) return String(show(value))
  }
  return String(value)
}

/** As formatValue, with a plus sign if positive. */
export function formatSignedValue(value: number): string {
  return `${value > 0 ? '+' : ''}${formatValue(value)}`
}
