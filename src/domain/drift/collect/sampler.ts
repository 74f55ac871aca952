import { createRandom } from '../../statistics/random.ts'

/** Decides which rows a sample of fixed size keeps. */
export interface Sampler {
  /** The place of the next row in the sample, which may have another row; -1 if the row is not kept. */
  next(): number
}

/**
 * A uniform sample of a stream of unknown length: Li's algorithm L (ACM TOMS 20, 1994), which draws numbers only for the
 * rows that it keeps. Samplers with the same seed keep the same rows, so that columns can be read one after the other.
 * @param seed hex, such as a sha256
 */
export function createSampler(size: number, seed: string): Sampler {
  const random = createRandom(seed)
  // Strictly between 0 and 1.
  const uniform = () => (random.bits() + 0.5) / 2 ** 32
  let row = -1
  let weight = Math.exp(Math.log(uniform()) / size)
  const skip = () => Math.floor(Math.log(uniform()) / Math.log1p(-weight)) + 1
  let following = size - 1 + skip()
  return {
    next() {
      row += 1
      if (row < size) return row
      if (row < following) return -1
      const place = random.below(size)
      weight *= Math.exp(Math.log(uniform()) / size)
      following += skip()
      return place
    },
  }
}
