import type { SceneResult } from './run-scene.ts'

/** Renders a plain-text table with one row for each expectation. */
export const renderReport = (results: readonly SceneResult[]): string => {
  const head = ['scene', 'check', 'expected', 'actual', 'source', 'seconds']
  const rows = results.flatMap(({ title, expectations, seconds }) =>
    expectations.map(({ name, expected, actual, source }, index) => [
      index === 0 ? title : '',
      name,
      shorten(expected),
      expected === actual ? shorten(actual) : `${shorten(actual)}  <-- differs`,
      source,
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

/** Run ids are long, but their first characters identify them. */
const shorten = (value: string): string =>
  value.length > 40
    ? `${value.slice(0, 39)}…`
    : /^[0-9a-f]{32}$/.test(value)
      ? `${value.slice(0, 12)}…`
      : value
