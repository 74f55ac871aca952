const LINE = 110

/** Formats JSON like biome: a list of strings is on one line if it fits. */
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
