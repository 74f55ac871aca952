/** Escapes outside text for HTML text and for attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}

/** Escapes outside text, at most `maxLength` characters of it. */
export function escapeShort(text: string, maxLength = 60): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text
  return escapeHtml(short)
}
