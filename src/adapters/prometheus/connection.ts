import type { ServerAddress } from '../http/dispatcher.ts'
import { resolveProxy } from '../http/proxy.ts'

/** The inputs of connection group `prometheus`, parsed. */
export interface PrometheusInputs {
  'prometheus-url': string
  'prometheus-token'?: string | undefined
}

/** How to reach one Prometheus API. */
export interface PrometheusConnection extends ServerAddress {
  headers: Readonly<{ authorization?: string }>
  /** Aborts every request when the job is cancelled. */
  cancelled?: AbortSignal | undefined
}

/**
 * The connection that the inputs describe. The token wins over credentials in the address.
 * @throws UserError for unreadable proxy settings
 */
export function resolvePrometheusConnection(
  { 'prometheus-url': address, 'prometheus-token': token }: PrometheusInputs,
  env: Readonly<Record<string, string | undefined>>,
  cancelled?: AbortSignal,
): PrometheusConnection {
  const url = new URL(address)
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const basic = credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  const authorization = token === undefined ? basic : `Bearer ${token}`
  return {
    base: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    headers: authorization === undefined ? {} : { authorization },
    proxy: resolveProxy(url, env),
    cancelled,
  }
}
