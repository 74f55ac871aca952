/**
 * Positions in ascending order of the values, stable: a radix sort of the doubles' bits, since a million scores are
 * sorted many times. The values must not be NaN.
 */
export function argsort(values: Float64Array): Int32Array {
  // Adding 0 turns -0 into 0.
  const words = new Uint32Array(values.map((value) => value + 0).buffer)
  for (let at = 0; at < words.length; at += 2) {
    // As integers the bits are in order once those of negative values are inverted.
    const negative = (words[at + 1] as number) >>> 31
    if (negative) words[at] = ~(words[at] as number)
    words[at + 1] = (words[at + 1] as number) ^ (negative ? 0xffffffff : 0x80000000)
  }
  // Few values: byte by byte; many: two bytes at a time. Little-endian: the first digits are the lowest.
  const digits = values.length < 2 ** 16 ? new Uint8Array(words.buffer) : new Uint16Array(words.buffer)
  const [passes, base] = values.length < 2 ** 16 ? [8, 256] : [4, 2 ** 16]
  let order = new Int32Array(values.length).map((_, at) => at)
  let next = new Int32Array(values.length)
  for (let pass = 0; pass < passes; pass += 1) {
    const starts = new Int32Array(base + 1)
    for (let at = pass; at < digits.length; at += passes) {
      const digit = digits[at] as number
      starts[digit + 1] = (starts[digit + 1] as number) + 1
    }
    // All have the same digit, such as the low bytes of round numbers.
    if (starts.includes(order.length, 1)) continue
    for (let digit = 1; digit <= base; digit += 1)
      starts[digit] = (starts[digit] as number) + (starts[digit - 1] as number)
    for (let nth = 0; nth < order.length; nth += 1) {
      const at = order[nth] as number
      const digit = digits[passes * at + pass] as number
      const position = starts[digit] as number
      starts[digit] = position + 1
      next[position] = at
    }
    ;[order, next] = [next, order]
  }
  return order
}
