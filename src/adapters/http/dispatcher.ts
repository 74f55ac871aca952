import { rootCertificates } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'

const CONNECT_TIMEOUT_MS = 10_000

/** How to reach a server. */
export interface ServerAddress {
  /** Scheme, host and path prefix, without a trailing slash and without credentials. Safe to print. */
  base: string
  proxy?: string | undefined
  /** PEM text of the certificate authority of the server. */
  ca?: string | undefined
  /** Skips the certificate check. */
  insecure?: boolean
}

/** The undici dispatcher of one connection. */
export function createDispatcher({ base, proxy, ca, insecure }: ServerAddress): Dispatcher {
  const tls = {
    ...(ca ? { ca: [...rootCertificates, ca] } : {}),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  }
  if (!proxy) return new Agent({ connect: { ...tls, timeout: CONNECT_TIMEOUT_MS } })
  // Proxies commonly allow CONNECT to port 443 only, so a plain http request goes through the proxy itself.
  return new ProxyAgent({ uri: proxy, requestTls: tls, proxyTunnel: base.startsWith('https:') })
}
