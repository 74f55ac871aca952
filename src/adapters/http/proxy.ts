import { UserError } from '../../domain/core/errors.ts'
import { oneLine } from '../../domain/core/text.ts'

/**
 * The proxy for a URL from HTTPS_PROXY, HTTP_PROXY and NO_PROXY, by the rules of @actions/http-client: lower case wins,
 * loopback is never proxied, and an entry of NO_PROXY is a host, host:port, domain suffix, or `*`.
 * @returns its address, with its credentials
 * @throws UserError if the variable that applies is no address of an HTTP proxy
 */
export function resolveProxy(
  url: URL,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  const variable = names.find((name) => env[name]?.trim())
  const isLoopback = /^(localhost$|127\.|\[::1\]$)/.test(url.hostname)
  if (!variable || isLoopback || isExempt(url, env.no_proxy || env.NO_PROXY || '')) return undefined
  return parseProxy(variable, env[variable]?.trim() ?? '')
}

/** Without a scheme, the address is one of http, as in curl. No message has the user name or the password. */
function parseProxy(variable: string, value: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase() ?? 'http'
  const shown = oneLine(value.replace(/^([a-z0-9+.-]*:\/\/)?.*@/is, '$1***@'), 80)
  const problem = (what: string) => new UserError(`Variable ${variable}: ${JSON.stringify(shown)} ${what}`)
  if (scheme !== 'http' && scheme !== 'https')
    throw problem(
      `is no HTTP proxy, and other proxies (${scheme}) are not supported. Set the http:// address of a proxy, or add the server to NO_PROXY.`,
    )
  const url = URL.parse(value.includes('://') ? value : `http://${value}`)
  // Of an unescaped / ? or #, the parser would take the text before it for the host.
  const isTorn = !url || `${url.pathname}${url.search}${url.hash}`.includes('@')
  if (isTorn && value.includes('@'))
    throw problem(
      'cannot be read. Escape special characters in its user name and password: / is %2F, ? is %3F, # is %23, @ is %40, % is %25.',
    )
  // Such as "proxy;https" or "${PROXY}", and "http:/proxy", which is read as the host "http".
  const isHost = /^([\w.-]+|\[[\da-f:.]+\])$/i.test(url?.hostname ?? '') && !/^[a-z]+:\/[^/]/i.test(value)
  if (!url || !isHost)
    throw problem('is no address. Set one such as http://proxy.example:3128, or unset the variable.')
  if (!canDecode(url.username + url.password))
    throw problem('has an unescaped % in its user name or password. Write it as %25.')
  return url.href
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const names = [hostname, `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`]
  const entries = list.split(',').map((entry) => entry.trim().toLowerCase())
  return entries
    .filter(Boolean)
    .some(
      (entry) =>
        entry === '*' ||
        names.some((name) => name === entry || name.endsWith(`.${entry.replace(/^\./, '')}`)),
    )
}
