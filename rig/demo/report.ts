import type { SceneResult } from './run-scene.ts'

/** A table as a terminal shows it: scene, expectation, expected, actual, source, seconds. */
export const renderReport = (played: readonly SceneResult[]): string => {
  const head = ['scene', 'what', 'expected', 'seen', 'read from', 'seconds']
  const rows = played.flatMap(({ title, expectations: claims, seconds }) =>
    claims.map(({ name: what, expected, actual: seen, source: from }, index) => [
      index === 0 ? title : '',
      what,
      shorten(expected),
      expected === seen ? shorten(seen) : `${shorten(seen)}  <-- differs`,
      from,
      index === 0 ? seconds.toFixed(0) : '',
    ]),
  )
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** Run ids are long, and their beginning distinguishes them. */
const shorten = (value: string): string =>
  value.length > 40
    ? `${value.slice(0, 39)}…`
    : /^[0-9a-f]{32}$/.test(value)
      ? `${value.slice(0, 12)}…`
      : value
