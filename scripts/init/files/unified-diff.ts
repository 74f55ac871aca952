/** Lines around a change. */
const CONTEXT = 3

type Edit = { sign: ' ' | '-' | '+'; line: string }

/** Renders the changes of a file as a patch that `git apply` takes; empty if there are none. */
export function renderDiff(path: string, before: string, after: string): string {
  const edits = compareLines(splitLines(before), splitLines(after))
  const changed = edits.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]))
  if (changed.length === 0) return ''
  const hunks: [start: number, end: number][] = []
  for (const index of changed) {
    const [start, end] = [Math.max(0, index - CONTEXT), Math.min(edits.length, index + CONTEXT + 1)]
    const last = hunks.at(-1)
    if (last && start <= last[1]) last[1] = end
    else hunks.push([start, end])
  }
  const head = [before === '' ? '--- /dev/null' : `--- a/${path}`, `+++ b/${path}`]
  return `${[...head, ...hunks.map(([start, end]) => renderHunk(edits, start, end))].join('\n')}\n`
}

/** Lines with their line break; the last one may have none. */
function splitLines(text: string): string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== '')
}

function renderHunk(edits: readonly Edit[], start: number, end: number): string {
  const range = (sign: '-' | '+') => {
    const count = (part: readonly Edit[]) =>
      part.filter((edit) => edit.sign === ' ' || edit.sign === sign).length
    const length = count(edits.slice(start, end))
    const first = count(edits.slice(0, start)) + (length === 0 ? 0 : 1)
    return `${first},${length}`
  }
  const lines = edits
    .slice(start, end)
    .map(({ sign, line }) =>
      line.endsWith('\n') ? `${sign}${line.slice(0, -1)}` : `${sign}${line}\n\\ No newline at end of file`,
    )
  return [`@@ -${range('-')} +${range('+')} @@`, ...lines].join('\n')
}

/** The shortest way from one list of lines to the other, by their longest common subsequence. */
function compareLines(before: readonly string[], after: readonly string[]): Edit[] {
  const width = after.length + 1
  // The length of the longest common subsequence of the rests of both lists.
  const lengths = new Uint32Array((before.length + 1) * width)
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const edits: Edit[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]]
    if (old !== undefined && old === fresh) {
      edits.push({ sign: ' ', line: old })
      i += 1
      j += 1
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ sign: '-', line: old })
      i += 1
    } else if (fresh !== undefined) {
      edits.push({ sign: '+', line: fresh })
      j += 1
    }
  }
  return edits
}
