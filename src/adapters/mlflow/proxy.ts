type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for an address after HTTPS_PROXY, HTTP_PROXY and NO_PROXY, by the rules of the runner's own tools
 * (actions/toolkit, http-client): lower case goes first, loopback is never proxied, and an entry of NO_PROXY is a host,
 * host:port, domain suffix, or `*`. One connection speaks to one host, so this is decided once.
 */
export function proxyFor(url: URL, env: Environment): string | undefined {
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  const given = names.map((name) => env[name]?.trim()).find(Boolean)
  if (!given || isLoopback(url.hostname) || isExempt(url, env.no_proxy || env.NO_PROXY || ''))
    return undefined
  return /^https?:\/\//.test(given) ? given : `http://${given}`
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.startsWith('127.') || host === '[::1]'
}

function isExempt(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const names = [url.hostname, `${url.hostname}:${port}`]
  const entries = list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean)
  return entries.some(
    (entry) =>
      entry === '*' || names.some((name) => name === entry || name.endsWith(`.${entry.replace(/^\./, '')}`)),
  )
}
