/** The known word that was probably meant: the nearest one, if at most a third of its letters differ. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const bounded = word.slice(0, 40)
  const [best] = known
    .map((candidate) => ({ candidate, away: distance(bounded, candidate) }))
    .sort((a, b) => a.away - b.away)
  return best && best.away <= Math.max(1, best.candidate.length / 3) ? best.candidate : undefined
}

/** Letters to change, add or leave out (Levenshtein's distance). */
function distance(a: string, b: string): number {
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
