/** An exact decimal number, digits / 10^scale: 0.06 - 0.05 is 0.01, unlike in doubles. */
export interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

/**
 * Parses a decimal text, or the shortest decimal text of a double (ECMAScript's Number::toString), which is what the
 * user saw when the metric was logged.
 * @throws RangeError for anything else, NaN and infinities included
 */
export function parseDecimal(value: string | number): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([-+]?)([0-9]*)\.?([0-9]*)(?:e([-+]?[0-9]{1,3}))?$/i.exec(String(value)) ?? []
  if (whole + fraction === '') throw new RangeError(`${value} is not a decimal number`)
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n)
  const scale = fraction.length - Number(exponent)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return { digits: rescale(a, scale) - rescale(b, scale), scale }
}

export function negate({ digits, scale }: Decimal): Decimal {
  return { digits: -digits, scale }
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale }
}

/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compare(a: Decimal, b: Decimal): number {
  const { digits } = subtract(a, b)
  return digits < 0n ? -1 : digits > 0n ? 1 : 0
}

/** Plain notation without trailing zeros: "0.01", "-12". */
export function formatDecimal({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : ''
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  const fraction = text.slice(text.length - scale).replace(/0+$/, '')
  const whole = text.slice(0, text.length - scale)
  return scale === 0 || fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`
}

function rescale(value: Decimal, scale: number): bigint {
  return value.digits * 10n ** BigInt(scale - value.scale)
}
