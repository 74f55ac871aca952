import type { ConnectionFailureReason } from './connection-failure.ts'
import type { ServerAddress } from './dispatcher.ts'

/** What the user sets for a server. */
export interface ConnectionSettings {
  /** Input with its address. */
  address: string
  /** Variable with the file of its certificate authority. */
  authority: string
}

/** The next step after a request without a response. */
export function describeConnectionFailure(
  reason: ConnectionFailureReason,
  { base, ca, proxy }: ServerAddress,
  { address, authority }: ConnectionSettings,
): string {
  const { protocol, hostname } = new URL(base)
  switch (reason) {
    case 'certificate-expired':
      return `Renew the certificate of ${base}; an authority that you name does not help.`
    case 'certificate-not-yet-valid':
      return `Check the clock of the runner, and from when the certificate of ${base} is valid.`
    case 'certificate-wrong-host':
      return `Give a name of the certificate in ${address}, or have the certificate of the server issued for ${hostname} too.`
    case 'certificate-untrusted':
      return ca === undefined
        ? `The certificate is not trusted: name its authority in ${authority}.`
        : `The file in ${authority} is not the authority of this certificate, or the server does not send its intermediate certificates: name the file of the authority that issued it, with the intermediate ones.`
    case 'certificate-invalid':
      return `Replace the certificate of ${base}; an authority that you name does not help.`
    case 'no-tls':
      return `Is it http? The server does not answer with TLS: give ${base.replace('https:', 'http:')} as ${address}, or the port of https.`
    case 'handshake':
      return `${base} and the runner agree on no TLS connection: the server must offer TLS 1.2 or newer, and must not require a client certificate.`
    case 'proxy-credentials':
      return `The proxy wants other credentials: check user name and password in ${proxyVariable(protocol)}.`
    case 'proxy-refused':
      return `The proxy in ${proxyVariable(protocol)} does not connect to ${base}: allow it there, or add ${hostname} to NO_PROXY.`
    case 'unreachable':
      return `Is ${base} right, is the server up, and does the runner reach it (HTTPS_PROXY, NO_PROXY)?`
    case 'interrupted':
      return protocol === 'http:' && proxy === undefined
        ? `Is it https? Then give ${base.replace('http:', 'https:')} as ${address}. Else see whether the server is up, and its log at this time.`
        : `Is ${base} right, is the server up, and does the runner reach it (HTTPS_PROXY, NO_PROXY)?`
  }
}

function proxyVariable(protocol: string): string {
  return protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
}
