/** The input `evidence-logs`: what pods say as it is, without what looks like a secret, or not at all. */
export type PodWords = 'full' | 'redacted' | 'off'

const HIDDEN = '***'

/** What secrets look like in logs: by the word before them, or by their own form. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/\b(bearer|basic)\s+[\w.~+/-]{6,}=*/gi, `$1 ${HIDDEN}`],
  [
    /([\w.-]{0,40}(?:password|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|credential|signature)[\w.-]{0,40}["']?\s*[:=]\s*)("[^"\n]*"|'[^'\n]*'|[^\s,;&"']+)/gi,
    `$1${HIDDEN}`,
  ],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,500}@/gi, `$1${HIDDEN}@`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, HIDDEN],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDDEN],
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|hf_|dapi)[\w-]{16,}/g, HIDDEN],
]

/**
 * Hides what looks like a secret in a text that others wrote. Best effort: what a log holds in a form of its own stays,
 * and for that `evidence-logs: off` is there.
 */
export function redact(text: string): string {
  return SECRETS.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text)
}

/** The colours and cursor movements of a terminal, which are litter anywhere else. */
const STYLE = /\p{Cc}\[[0-9;:?]{0,40}[A-Za-z]/gu

/** A text without them. */
export function unstyled(text: string): string {
  return text.replace(STYLE, '')
}

/** What a container itself has said, as far as it may be told: its log, or the message that it left when it ended. */
export function ownWords(text: string, words: PodWords): string {
  return words === 'off' ? '' : aboutPods(text, words)
}

/** What Kubernetes says of pods, as far as it may be told. It may repeat what they said. */
export function aboutPods(text: string, words: PodWords): string {
  return words === 'full' ? unstyled(text) : redact(unstyled(text))
}
