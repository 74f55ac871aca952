/**
 * Counts the drifted checks among the last n, the latest included. The latest must have drifted itself: otherwise there is
 * nothing to report.
 * @param earlier oldest first
 */
export function countDrifted(
  earlier: readonly boolean[],
  latest: boolean,
  n: number,
): { drifted: number; checks: number } {
  const last = n > 1 ? [...earlier.slice(-(n - 1)), latest] : [latest]
  return { drifted: last.filter(Boolean).length, checks: last.length }
}
