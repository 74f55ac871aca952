const LINE = 110

/** JSON as biome formats it: a list of texts stands on one line where it fits. */
export function formatJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(
    /\[\n\s+("[^"\n]*"(?:,\n\s+"[^"\n]*")*)\n\s+\]/g,
    (list, entries: string, offset: number, whole: string) => {
      const line = `[${entries.replace(/\n\s+/g, ' ')}]`
      const column = offset - whole.lastIndexOf('\n', offset) - 1
      return column + line.length < LINE ? line : list
    },
  )
  return `${text}\n`
}
