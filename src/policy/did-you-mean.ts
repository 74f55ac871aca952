/** Finds the most similar known word, if at most a third of its letters differ. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const bounded = word.slice(0, 40)
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(bounded, candidate) }))
    .sort((a, b) => a.distance - b.distance)
  return best && best.distance <= Math.max(1, best.candidate.length / 3) ? best.candidate : undefined
}

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
