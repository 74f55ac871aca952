import type { Response } from 'undici'
import { MlflowFault } from './faults.ts'

/** The address that a response redirects to; undefined if it does not redirect. */
export function redirectTarget({ status, headers }: Response, from: URL): URL | undefined {
  const location = headers.get('location')
  const isRedirect = [301, 302, 303, 307, 308].includes(status) && location !== null
  return isRedirect ? (URL.parse(location, from.href) ?? undefined) : undefined
}

/**
 * Whether the same request may go to the target. 307 and 308 alone keep method and body (RFC 9110, 15.4); after the
 * others, clients repeat a POST as a GET. Credentials go to the server in tracking-uri only.
 */
export function mayFollow(status: number, base: string, target: URL, hasCredentials: boolean): boolean {
  const { origin, protocol } = new URL(base)
  const keepsRequest = status === 307 || status === 308
  const isDowngrade = protocol === 'https:' && target.protocol === 'http:'
  return keepsRequest && (target.origin === origin || (!hasCredentials && !isDowngrade))
}

/**
 * The fault for a redirect that is not followed. It names the target, without user name, password and query.
 * @param path of the request below the base, without its query, as `/api/2.0/mlflow/runs/get`
 */
export function redirectFault(
  call: string,
  base: string,
  path: string,
  status: number,
  target: URL,
): MlflowFault {
  const { origin, pathname } = target
  const suffix = new URL(path, base).pathname
  const fault = (address: string, hint: string) =>
    new MlflowFault({ call, status, detail: `redirected to ${address}`, hint })
  if (base.startsWith('https:') && target.protocol === 'http:')
    return fault(
      `${origin}${pathname}`,
      'That address is not encrypted: have the proxy before MLflow redirect to https (X-Forwarded-Proto), or check tracking-uri.',
    )
  if (!pathname.endsWith(suffix))
    return fault(
      `${origin}${pathname}`,
      'Is that the login page of a proxy? Then give credentials that the proxy accepts, such as tracking-token. Else give the address that answers without a redirect as tracking-uri.',
    )
  const address = `${origin}${pathname.slice(0, -suffix.length)}`
  return address === base
    ? fault(`${origin}${pathname}`, 'The server redirects in a circle: check its proxy.')
    : fault(address, 'Give that address as tracking-uri.')
}
