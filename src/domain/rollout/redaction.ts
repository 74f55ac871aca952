/** The input `evidence-logs`: log lines of pods unchanged, with secrets masked, or none. */
export type LogDisclosure = 'full' | 'redacted' | 'off'

const MASK = '***'

/** How secrets look in logs: by the word before them, or by their own form. */
const SECRET_PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [/\b(bearer|basic)\s+[\w.~+/-]{6,}=*/gi, `$1 ${MASK}`],
  [
    /([\w.-]{0,40}(?:password|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|credential|signature)[\w.-]{0,40}["']?\s*[:=]\s*)("[^"\n]*"|'[^'\n]*'|[^\s,;&"']+)/gi,
    `$1${MASK}`,
  ],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,500}@/gi, `$1${MASK}@`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, MASK],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, MASK],
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|hf_|dapi)[\w-]{16,}/g, MASK],
]

/** Masks what looks like a secret. Best effort: `evidence-logs: off` is for logs with secrets of another form. */
export function redact(text: string): string {
  return SECRET_PATTERNS.reduce(
    (masked, [pattern, replacement]) => masked.replace(pattern, replacement),
    text,
  )
}

/** Colors and cursor movements of a terminal. */
const ANSI_SEQUENCE = /\p{Cc}\[[0-9;:?]{0,40}[A-Za-z]/gu

export function stripAnsi(text: string): string {
  return text.replace(ANSI_SEQUENCE, '')
}

/** The log or termination message of a container, as far as it may be shown. */
export function sanitizeLog(text: string, disclosure: LogDisclosure): string {
  return disclosure === 'off' ? '' : sanitizeMessage(text, disclosure)
}

/** A message of Kubernetes about pods, as far as it may be shown. It may repeat their logs. */
export function sanitizeMessage(text: string, disclosure: LogDisclosure): string {
  return disclosure === 'full' ? stripAnsi(text) : redact(stripAnsi(text))
}
