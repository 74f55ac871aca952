/** Finds the most similar known word, if at most a third of its letters differ. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const bounded = word.slice(0, 40)
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(bounded, candidate) }))
    .sort((a, b) => a.distance - b.distance)
  return best && best.distance <= Math.max(1, best.candidate.length / 3) ? best.candidate : undefined
}

/**
 * Finds up to three known words that a person may have meant, best first: the one with the most similar spelling, and those
 * that share a part (`roc_auc`: `training_roc_auc`, `auc`).
 */
export function findSimilarWords(word: string, known: readonly string[]): string[] {
  const closest = didYouMean(word, known)
  const parts = splitWord(word)
  const related = known
    .map((candidate) => ({
      candidate,
      shared: splitWord(candidate).filter((part) => parts.includes(part)).length,
    }))
    .filter(({ candidate, shared }) => shared > 0 && candidate !== closest)
    .sort((a, b) => b.shared - a.shared || a.candidate.length - b.candidate.length)
    .map(({ candidate }) => candidate)
  return [...(closest === undefined ? [] : [closest]), ...related].slice(0, 3)
}

/** Parts of at least three letters, such as `roc` and `auc` of `roc_auc`; data prefixes such as `val` are no parts. */
function splitWord(word: string): string[] {
  return word
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length >= 3 && !DATA_PREFIXES.includes(part))
}

const DATA_PREFIXES = ['train', 'training', 'val', 'valid', 'validation', 'test', 'eval', 'score']

/** Optimal string alignment: letters to change, insert or delete, and neighbors to swap. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 0; i < a.length; i += 1) {
    const row = [i + 1]
    rows.push(row)
    for (let j = 0; j < b.length; j += 1) {
      const isSwap = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j]
      const swapped = isSwap ? at(i - 1, j - 1) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(at(i, j) + (a[i] === b[j] ? 0 : 1), at(i, j + 1) + 1, at(i + 1, j) + 1, swapped))
    }
  }
  return at(a.length, b.length)
}
