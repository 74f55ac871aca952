/** At most so many characters of a text; `…` stands for the rest. */
export function truncate(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text
}

/** As `truncate`, but keeps the start, and more of the end. */
export function truncateMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const start = Math.floor(maxLength / 3)
  return `${text.slice(0, start)}…${text.slice(start + 1 - maxLength)}`
}

/** One bounded line without control characters, for tags, logs and summaries. Keeps the end, where errors have their cause. */
export function oneLine(text: string, maxLength = 500): string {
  return truncateMiddle(text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim(), maxLength)
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The value of a JSON text; undefined for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
