/** The input `evidence-logs`: log lines of pods unchanged, with secrets masked, or none. */
export type LogDisclosure = 'full' | 'redacted' | 'off'

const MASK = '***'

/** How secrets look by their own form. */
const SECRET_PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  // PEM in base64, as kubeconfigs have it.
  [/\bLS0tLS1CRUdJTi[\w+/]{8,}=*/g, MASK],
  [/\b(authorization["']?\s*[:=]\s*["'[]?(?:bearer|basic|token)\s+)[^\s"',;\]]+/gi, `$1${MASK}`],
  // Not a plain word: "basic credential not found".
  [/\b(bearer|basic)\s+(?![A-Z]?[a-z]{1,20}(?![\w~+/=-]|\.\w))[\w.~+/-]{6,}=*/gi, `$1 ${MASK}`],
  // Not the digest of an image.
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']{1,500}@(?!sha256:)/gi, `$1${MASK}@`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, MASK],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, MASK],
  [/\bAIza[\w-]{35}|\bya29\.[\w-]{16,}/g, MASK],
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|hf_|dapi|npm_|dckr_pat_)[\w-]{16,}/g, MASK],
]

const SECRET_NAME =
  /[\w.-]{0,40}(?:password|passwd|passphrase|pwd|secret|token(?!iz)|(?:api|access|account)[-_]?key|credential|signature|dockerconfigjson|"auth(?=")|\bsig(?==))[\w.-]{0,40}\\*["']?/
const VALUE = /\\+"[^"\\\n]*\\+"|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s,;&"']*[^\s,;&"':}\])]/
/** `password=x`, `"token": "x"`, `--token x`. */
const NAMED_SECRET = new RegExp(
  `(${SECRET_NAME.source})(\\s*[:=]\\s*|(?<=--[\\w-]{1,60})\\s+)(${VALUE.source})`,
  'gi',
)
/** A variable of a container: `{"name":"API_TOKEN","value":"x"}`, in JSON, Go or YAML. */
const SECRET_VARIABLE = new RegExp(
  `(\\bname["']?:\\s*["']?${SECRET_NAME.source}(?:,\\s*|\\s*\\n\\s*)["']?value["']?:\\s*)(${VALUE.source})`,
  'gi',
)

/** Names of things that are no secrets: `secretName`, `secretKeyRef.name`, `tokenFile`. */
const REFERENCE = /(?:name|ref|path|file|url|uri|type|\.(?:ya?ml|json|tpl))\W*$/i
/** No value, a field of an object, or the start of an object in JSON or Go. */
const NO_VALUE =
  /^(?:(?:spec|data|metadata)[.[].*|null|nil|<nil>|true|false|""|''|[[\]{}().|>]+|\(\*.*|\[\].*)$/i
/** What ends a sentence about a credential: `token: expired`. */
const STATE = /^(?:required|missing|invalid|expired|forbidden|unauthorized|unset|empty)$/i
/** How helm, kubectl, their plugins and the kubelet go on after a name: `credentials: exec: executable ...`. */
const SENTENCE =
  /^(?:an?|the|this|not?|is|are|was|has|have|must|may|can|cannot|could|couldn|should|does|doesn|did|didn|do|don|for|from|in|of|on|with|x509|exec|fork|open|read|get|post|head|put|dial|lookup|rpc|oauth2|decoding|parsing|failed|error|invalid|required|forbidden|unsupported|duplicate|missing|unexpected|expected|unable|unknown|unauthorized|expired|denied|permission|access|context|timed|connection|operation|request|response|status|illegal|additional|property|secrets?|configmap|serviceaccounts|object|references|got|please|set|use|found|already|too|via|flag|(?:re)?authentication|authorization|exchange|renewal|(?:fetch|gett|obtain|retriev|refresh|request|acquir|generat|validat|verify|exchang)ing|[45]\d\d)$/i

/**
 * Masks what looks like a secret, in logs of pods and in the words of helm, kubectl and their plugins. Their grammar stays.
 * Best effort: `evidence-logs: off` is for logs with secrets of another form.
 */
export function redact(text: string): string {
  return SECRET_PATTERNS.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text)
    .replace(SECRET_VARIABLE, `$1${MASK}`)
    .replace(NAMED_SECRET, (found, name: string, sign: string, value: string, at: number, all: string) =>
      isSecret(name, sign, value, all.slice(Math.max(0, at - 100), at), all.slice(at + found.length))
        ? `${name}${sign}${MASK}`
        : found,
    )
}

/** Whether what looks like a named secret is one, by the text around it. */
function isSecret(name: string, sign: string, value: string, before: string, after: string): boolean {
  if (value.startsWith(MASK) || REFERENCE.test(name) || NO_VALUE.test(value)) return false
  // A quota counts the one, a language model the other.
  if (/(?:secret|token)s\W*$/i.test(name) && /^\d{1,9}$/.test(value)) return false
  if (/["']/.test(value) || sign.includes('=')) return true
  // A volume is named so: `volume "token" : secret "a" not found`.
  if (/^\s+:/.test(sign)) return false
  // The host of an address: http://token-service:8080.
  if (sign === ':' && /\/\/[\w.-]*$/.test(before) && /^\d+\b/.test(value)) return false
  // A wrapped error: `token: NoCredentialProviders: no valid providers`.
  if (/^:[ \t]/.test(after) && /^(?:[a-z]+(?:[A-Z_][a-z]+)*|AADSTS\d+|[45]\d\d)$/i.test(value)) return false
  const isFollowed = /^(?:'t|:)?[ \t]+\S/.test(after)
  return !(isFollowed ? SENTENCE : STATE).test(value.replace(/\.$/, ''))
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
