import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { UserError } from '../../domain/failure.ts'
import type { MlflowConnection } from './connection.ts'

const CONNECT_MS = 10_000

/**
 * What carries the requests of one connection: through its proxy, with the certificate authority that MLflow's variables name.
 */
export function dispatcherFor(connection: MlflowConnection): Dispatcher {
  const tls = {
    ...(connection.caFile ? { ca: [...rootCertificates, authority(connection.caFile)] } : {}),
    ...(connection.insecure ? { rejectUnauthorized: false } : {}),
  }
  if (!connection.proxy) return new Agent({ connect: { ...tls, timeout: CONNECT_MS } })
  // Proxies commonly allow CONNECT to port 443 only, so a plain http server is asked for through the proxy itself.
  const proxyTunnel = connection.base.startsWith('https:')
  return new ProxyAgent({ uri: connection.proxy, requestTls: tls, proxyTunnel })
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
