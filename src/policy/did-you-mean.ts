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

/** Levenshtein distance: letters to change, insert or delete. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
