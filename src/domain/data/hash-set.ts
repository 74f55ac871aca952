/** Distinct values that are counted exactly: 50 MB. Of more, a sample is kept. */
export const MAX_EXACT_DISTINCT = 2 ** 21

/** Two hashes of 32 bits. */
export interface Hash {
  high: number
  low: number
}

/** Hashes a text to 64 bits (cyrb53 without its last step). Equal texts have equal hashes. */
export function hashText(text: string): Hash {
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  return mix(high, low)
}

/** Appends a hash to another one. The order matters. */
export function combineHashes(first: Hash, second: Hash): Hash {
  return mix(
    Math.imul(first.high ^ second.high, 2246822519) + second.low,
    Math.imul(first.low ^ second.low, 3266489917) + first.high,
  )
}

function mix(high: number, low: number): Hash {
  const one = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  const other = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909)
  return { high: one >>> 0, low: other >>> 0 }
}

/** Counts of a set of hashes. */
export interface DistinctCounts {
  /** Rows whose value is in the sample; all rows if exact. */
  rows: number
  distinct: number
  /** False if only a sample of the distinct values was kept. */
  exact: boolean
}

/**
 * Counts repeated values in bounded memory. Up to the limit, every value is kept. Above it, only values whose hash starts
 * with zero bits are, so that all rows of one value are in the sample or none is, and the share of repeated rows in the
 * sample estimates that of the table without bias.
 */
export class HashSet {
  readonly #limit: number
  #size = 0
  /** Leading zero bits of the hashes in the sample. */
  #zeroBits = 0
  #highs = new Uint32Array(1024)
  #lows = new Uint32Array(1024)
  /** Rows of each hash; 0 in an empty slot. */
  #rows = new Uint32Array(1024)

  constructor(limit = MAX_EXACT_DISTINCT) {
    this.#limit = limit
  }

  /** @returns whether the value is repeated; false if it is not in the sample */
  add({ high, low }: Hash): boolean {
    if (!this.#isInSample(high)) return false
    const slot = this.#findSlot(high, low)
    if (this.#rows[slot] !== 0) {
      this.#rows[slot] = (this.#rows[slot] ?? 0) + 1
      return true
    }
    this.#fill(slot, high, low, 1)
    if (this.#size > this.#limit) {
      this.#zeroBits += 1
      this.#rebuild(this.#rows.length)
    } else if (this.#size * 2 > this.#rows.length) this.#rebuild(this.#rows.length * 2)
    return false
  }

  counts(): DistinctCounts {
    let rows = 0
    for (const count of this.#rows) rows += count
    return { rows, distinct: this.#size, exact: this.#zeroBits === 0 }
  }

  #isInSample(high: number): boolean {
    return this.#zeroBits === 0 || high >>> (32 - this.#zeroBits) === 0
  }

  #findSlot(high: number, low: number): number {
    const mask = this.#rows.length - 1
    let slot = low & mask
    while (this.#rows[slot] !== 0 && (this.#highs[slot] !== high || this.#lows[slot] !== low))
      slot = (slot + 1) & mask
    return slot
  }

  #fill(slot: number, high: number, low: number, rows: number): void {
    this.#highs[slot] = high
    this.#lows[slot] = low
    this.#rows[slot] = rows
    this.#size += 1
  }

  #rebuild(slots: number): void {
    const [highs, lows, rows] = [this.#highs, this.#lows, this.#rows]
    this.#highs = new Uint32Array(slots)
    this.#lows = new Uint32Array(slots)
    this.#rows = new Uint32Array(slots)
    this.#size = 0
    for (const [at, count] of rows.entries()) {
      const [high = 0, low = 0] = [highs[at], lows[at]]
      if (count > 0 && this.#isInSample(high)) this.#fill(this.#findSlot(high, low), high, low, count)
    }
  }
}
