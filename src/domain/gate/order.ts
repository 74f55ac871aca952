/**
 * Positions in ascending order of the values, equal ones as they came: a radix sort of the doubles' bits, since a
 * million scores are sorted many times. NaN has no place in it.
 */
export function ascending(values: Float64Array): Int32Array {
  // Adding 0 makes 0 of -0, so that both are one value.
  const words = new Uint32Array(values.map((value) => value + 0).buffer)
  for (let at = 0; at < words.length; at += 2) {
    // As whole numbers the bits are in order, once those of negative values are turned round.
    const negative = (words[at + 1] as number) >>> 31
    if (negative) words[at] = ~(words[at] as number)
    words[at + 1] = (words[at + 1] as number) ^ (negative ? 0xffffffff : 0x80000000)
  }
  // Few values are sorted byte by byte, many by two bytes at a time; the first ones are the least (little-endian).
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
    // All of one digit, as the last bytes of round numbers are.
    if (starts.includes(order.length, 1)) continue
    for (let digit = 1; digit <= base; digit += 1)
      starts[digit] = (starts[digit] as number) + (starts[digit - 1] as number)
    for (let nth = 0; nth < order.length; nth += 1) {
      const at = order[nth] as number
      const digit = digits[passes * at + pass] as number
      const place = starts[digit] as number
      starts[digit] = place + 1
      next[place] = at
    }
    ;[order, next] = [next, order]
  }
  return order
}
