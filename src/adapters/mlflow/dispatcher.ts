import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { getProxyUrl } from '@actions/http-client/lib/proxy'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { UserError } from '../../domain/failure.ts'
import type { MlflowConnection } from './connection.ts'

const CONNECT_MS = 10_000

/**
 * What carries the requests of one connection: through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for
 * its host (read by the runner's own rules), with the certificate authority that MLflow's variables name.
 */
export function dispatcherFor(connection: MlflowConnection): Dispatcher {
  const tls = {
    ...(connection.caFile ? { ca: [...rootCertificates, authority(connection.caFile)] } : {}),
    ...(connection.insecure ? { rejectUnauthorized: false } : {}),
  }
  const url = new URL(connection.base)
  const proxy = getProxyUrl(url)
  if (!proxy) return new Agent({ connect: { ...tls, timeout: CONNECT_MS } })
  // Proxies commonly allow CONNECT to port 443 only, so a plain http server is asked for through the proxy itself.
  return new ProxyAgent({ uri: proxy.href, requestTls: tls, proxyTunnel: url.protocol === 'https:' })
}

function authority(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UserError(
      `MLFLOW_TRACKING_SERVER_CERT_PATH: ${path} cannot be read (${cause instanceof Error ? cause.message : cause}); name a PEM file that the job has.`,
      { cause },
    )
  }
}
