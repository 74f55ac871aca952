import { type ConnectionFailureReason, diagnoseConnectionFailure } from '../../http/connection-failure.ts'
import type { ServerAddress } from '../../http/dispatcher.ts'
import { MlflowFault, Unreachable } from './faults.ts'

/** The fault for a request without a response. Only `Unreachable` is worth another attempt: a certificate stays as it is. */
export function createUnreachable(call: string, server: ServerAddress, cause: unknown): MlflowFault {
  const { reason, detail } = diagnoseConnectionFailure(cause)
  const details = { call, detail, hint: hintFor(reason, server), cause }
  if (reason === 'unreachable' || reason === 'interrupted')
    return new Unreachable(details, reason === 'interrupted')
  return new MlflowFault(details)
}

function hintFor(reason: ConnectionFailureReason, { base, ca, proxy }: ServerAddress): string {
  const { protocol, hostname } = new URL(base)
  switch (reason) {
    case 'certificate-expired':
      return `Renew the certificate of ${base}; an authority that you name does not help.`
    case 'certificate-not-yet-valid':
      return `Check the clock of the runner, and from when the certificate of ${base} is valid.`
    case 'certificate-wrong-host':
      return `Give a name of the certificate in tracking-uri, or have the certificate of the server issued for ${hostname} too.`
    case 'certificate-untrusted':
      return ca === undefined
        ? 'The certificate is not trusted: name its authority in MLFLOW_TRACKING_SERVER_CERT_PATH.'
        : 'The file in MLFLOW_TRACKING_SERVER_CERT_PATH is not the authority of this certificate, or the server does not send its intermediate certificates: name the file of the authority that issued it, with the intermediate ones.'
    case 'certificate-invalid':
      return `Replace the certificate of ${base}; an authority that you name does not help.`
    case 'no-tls':
      return `Is it http? The server does not answer with TLS: give ${base.replace('https:', 'http:')} as tracking-uri, or the port of https.`
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
        ? `Is it https? Then give ${base.replace('http:', 'https:')} as tracking-uri. Else see whether the server is up, and its log at this time.`
        : `Is ${base} right, is the server up, and does the runner reach it (HTTPS_PROXY, NO_PROXY)?`
  }
}

function proxyVariable(protocol: string): string {
  return protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
}
