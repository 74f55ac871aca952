/** Why there is no response. */
export type ConnectionFailureReason =
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-wrong-host'
  /** Neither its issuer nor it is trusted, or the server sends no whole chain. */
  | 'certificate-untrusted'
  | 'certificate-invalid'
  /** An https address whose server answers without TLS. */
  | 'no-tls'
  | 'handshake'
  /** The proxy refuses this job. */
  | 'proxy-credentials'
  /** The proxy does not connect to the server. */
  | 'proxy-refused'
  /** No connection, so the request never reached the server. */
  | 'unreachable'
  /** The connection broke, or timed out, after it was there. */
  | 'interrupted'

export interface ConnectionFailure {
  reason: ConnectionFailureReason
  /** The system's own words. */
  detail: string
}

/** X509 verification errors of OpenSSL as Node names them (tls: "X509 certificate error codes"), beside INVALID ones. */
const REASONS: readonly (readonly [RegExp, ConnectionFailureReason])[] = [
  [/^CERT_HAS_EXPIRED$/, 'certificate-expired'],
  [/^CERT_NOT_YET_VALID$/, 'certificate-not-yet-valid'],
  [/^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/, 'certificate-wrong-host'],
  [/SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|^CERT_(UNTRUSTED|REJECTED)$/, 'certificate-untrusted'],
  [/^CERT_|^ERR_TLS_CERT|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/, 'certificate-invalid'],
  [/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|EHOSTUNREACH|ENETUNREACH/, 'unreachable'],
]
/** Of OpenSSL, where the first bytes of the other side are no TLS. */
const NOT_TLS = /wrong version number|packet length too long|record layer failure|http request/i

/** Reads what `fetch` of undici throws; it hides the reason in its causes. */
export function diagnoseConnectionFailure(error: unknown): ConnectionFailure {
  const { code, message } = rootCause(error)
  const reason = reasonOf(code, message)
  const detail = withoutNoise(message) || code || 'no response'
  return { reason, detail }
}

function reasonOf(code: string, message: string): ConnectionFailureReason {
  if (/^Proxy (response \(407\)|Authentication Required)/.test(message)) return 'proxy-credentials'
  if (message.startsWith('Proxy response (')) return 'proxy-refused'
  // fetch connects to no port of another protocol, such as 9 (Fetch standard, "port blocking").
  if (message === 'bad port') return 'unreachable'
  const known = REASONS.find(([pattern]) => pattern.test(code))
  if (known) return known[1]
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_')) return 'interrupted'
  return NOT_TLS.test(message) ? 'no-tls' : 'handshake'
}

/** Keeps OpenSSL's reason of "405D:error:0A00010B:SSL routines:function:reason:file:77:", and leaves out hints of Node. */
function withoutNoise(message: string): string {
  const [, reason] = /\berror:[0-9A-F]+:[^:]*:[^:]*:([^:]*)/i.exec(message) ?? []
  return reason ? `TLS error: ${reason}` : message.replace(/; if the root CA is installed locally.*/s, '')
}

function rootCause(error: unknown): { code: string; message: string } {
  let at = error
  while (at instanceof Error && at.cause instanceof Error) at = at.cause
  if (!(at instanceof Error)) return { code: '', message: String(at) }
  const code = 'code' in at ? String(at.code) : at.name
  return { code, message: at.name === 'TimeoutError' ? 'timed out' : at.message || code }
}
