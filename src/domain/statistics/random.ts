/** A seeded stream of pseudo-random integers. */
export interface Random {
  /** Uniform in 0..n-1. The relative error of a probability is below n / 2^32. */
  below(n: number): number
  /** 32 uniform bits, as a number from 0 to 2^32 - 1. */
  bits(): number
}

/**
 * sfc32, Chris Doty-Humphrey's "small fast counting" generator (PractRand, 2010): 128 bits of state, passes BigCrush.
 * @param seed hex, such as a sha256; its first 128 bits are the state. The same seed gives the same stream.
 */
export function createRandom(seed: string): Random {
  const word = (index: number) => Number.parseInt(seed.slice(8 * index, 8 * index + 8) || '0', 16) | 0
  let [a, b, c, counter] = [word(0), word(1), word(2), word(3)]
  const next = () => {
    const result = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result >>> 0
  }
  // The author's warm-up, after which every bit of the seed affects every bit of the state.
  for (let round = 0; round < 15; round += 1) next()
  return { below: (n) => Math.floor((next() * n) / 2 ** 32), bits: next }
}

/** The numbers below n in random order (Fisher-Yates, in Durstenfeld's form). */
export function shuffle(n: number, { below }: Random): Int32Array {
  const order = new Int32Array(n).map((_, index) => index)
  for (let last = n - 1; last > 0; last -= 1) {
    const other = below(last + 1)
    const swapped = order[last] as number
    order[last] = order[other] as number
    order[other] = swapped
  }
  return order
}
