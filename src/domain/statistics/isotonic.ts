/** A score up to which, and from which on, the calibrated probability of a block is constant. */
export interface CalibrationBlock {
  from: number
  to: number
  /** Share of positive rows. */
  value: number
  rows: number
}

/**
 * Isotonic calibration: the ascending step function of the score that is closest to the labels, by pooling adjacent
 * violators (Ayer et al. 1955). It is scikit-learn's `IsotonicRegression` at the observed scores.
 * @param scores without NaN
 * @param labels 1 for a positive row, 0 for another
 * @returns ascending blocks
 */
export function fitIsotonic(scores: Float64Array, labels: Uint8Array): CalibrationBlock[] {
  if (scores.length === 0 || scores.length !== labels.length)
    throw new RangeError(`${scores.length} scores and ${labels.length} labels`)
  const order = Uint32Array.from(scores, (_, index) => index)
  order.sort((one, two) => (scores[one] as number) - (scores[two] as number))
  const blocks: CalibrationBlock[] = []
  for (let next = 0; next < order.length; ) {
    const score = scores[order[next] as number] as number
    if (Number.isNaN(score)) throw new RangeError('a score is NaN')
    let [rows, positives] = [0, 0]
    // Rows of the same score are one point, so that their order does not count.
    for (; next < order.length && scores[order[next] as number] === score; next += 1) {
      rows += 1
      positives += labels[order[next] as number] as number
    }
    let block = { from: score, to: score, value: positives / rows, rows }
    for (let last = blocks.at(-1); last && last.value >= block.value; last = blocks.at(-1)) {
      block = pool(last, block)
      blocks.pop()
    }
    blocks.push(block)
  }
  return blocks
}

function pool(one: CalibrationBlock, two: CalibrationBlock): CalibrationBlock {
  const rows = one.rows + two.rows
  return { from: one.from, to: two.to, value: (one.value * one.rows + two.value * two.rows) / rows, rows }
}

/** Index of the block that holds a score. Between two blocks it is the nearer one; beyond them all, the outer one. */
export function findBlock(blocks: readonly CalibrationBlock[], score: number): number {
  let [low, high] = [0, blocks.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((blocks[middle] as CalibrationBlock).from <= score) low = middle
    else high = middle - 1
  }
  const [block, next] = [blocks[low] as CalibrationBlock, blocks[low + 1]]
  return next && score > block.to && next.from - score < score - block.to ? low + 1 : low
}
