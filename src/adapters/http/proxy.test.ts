import { describe, expect, it } from 'vitest'
import { UserError } from '../../domain/core/errors.ts'
import { resolveProxy } from './proxy.ts'

const proxies = { HTTPS_PROXY: 'http://proxy:3128', HTTP_PROXY: 'plain:8080' }
const server = new URL('https://mlflow.corp.example')

describe('resolveProxy', () => {
  it.each([
    ['https://mlflow.corp.example/ml', {}, 'http://proxy:3128/'],
    ['http://mlflow.corp.example', {}, 'http://plain:8080/'],
    ['https://mlflow.corp.example', { https_proxy: 'http://small:1' }, 'http://small:1/'],
    ['https://mlflow.corp.example', { NO_PROXY: 'other.example, corp.example' }, undefined],
    ['https://mlflow.corp.example', { NO_PROXY: '.corp.example' }, undefined],
    ['https://mlflow.corp.example', { NO_PROXY: '*' }, undefined],
    ['https://mlflow.corp.example', { NO_PROXY: 'MLFLOW.corp.example:443' }, undefined],
    ['https://mlflow.corp.example', { NO_PROXY: 'mlflow.corp.example:8443' }, 'http://proxy:3128/'],
    ['https://notcorp.example', { NO_PROXY: 'corp.example' }, 'http://proxy:3128/'],
    ['http://127.0.0.1:5000', {}, undefined],
    ['http://localhost:5000', {}, undefined],
  ])('%s with %j goes through %s', (url, env, expected) => {
    expect(resolveProxy(new URL(url), { ...proxies, ...env })).toBe(expected)
  })

  it('is undefined without a variable', () => {
    expect(resolveProxy(server, {})).toBeUndefined()
  })

  it.each([
    ['a host and port', 'proxy:3128', 'http://proxy:3128/'],
    ['a scheme in capitals', 'HTTP://proxy:3128', 'http://proxy:3128/'],
    ['credentials without a scheme', 'ada:pass@proxy:3128', 'http://ada:pass@proxy:3128/'],
    ['escaped characters', 'http://ada:50%25%2Fa@proxy:3128', 'http://ada:50%25%2Fa@proxy:3128/'],
    ['an @ in the password', 'http://ada:p@ss@proxy:3128', 'http://ada:p%40ss@proxy:3128/'],
    ['an address of IPv6', 'http://[::1]:3128', 'http://[::1]:3128/'],
    ['a host of another script', 'ünï.example:3128', 'http://xn--n-nga1b.example:3128/'],
    ['a proxy that is reached by TLS', 'https://proxy', 'https://proxy/'],
  ])('reads %s', (_case, value, expected) => {
    expect(resolveProxy(server, { HTTPS_PROXY: value })).toBe(expected)
  })

  it.each([
    ['socks5://ada:hunter2@proxy:1080', '"socks5://***@proxy:1080" is no HTTP proxy', '(socks5)'],
    ['SOCKS5h://proxy:1080', 'is no HTTP proxy', '(socks5h)'],
    ['ftp://proxy', 'is no HTTP proxy', 'NO_PROXY'],
    ['pac+http://proxy/proxy.pac', 'is no HTTP proxy', '(pac+http)'],
    ['http://', '"http://" is no address', 'unset the variable'],
    ['http://:3128', 'is no address', 'http://proxy.example:3128'],
    ['http://proxy:99999', 'is no address', 'http://proxy.example:3128'],
    ['http://my proxy:3128', 'is no address', 'http://proxy.example:3128'],
    ['http:/proxy:3128', 'is no address', 'http://proxy.example:3128'],
    ['http://proxy;https://other', 'is no address', 'http://proxy.example:3128'],
    ['http://$PROXY', 'is no address', 'http://proxy.example:3128'],
    ['http://ada:hunter2%@proxy:3128', '"http://***@proxy:3128" has an unescaped %', '%25'],
    ['ada:50%hunter2@proxy:3128', '"***@proxy:3128" has an unescaped %', '%25'],
    ['http://ada:12#hunter2@proxy:3128', '"http://***@proxy:3128" cannot be read', '# is %23'],
    ['http://ada:hunter2/3@proxy:3128', '"http://***@proxy:3128" cannot be read', '/ is %2F'],
    ['http://ada:12?hunter2@proxy:3128', 'cannot be read', '? is %3F'],
  ])('rejects %s by the name of the variable, without its password', (value, what, fix) => {
    for (const variable of ['HTTPS_PROXY', 'https_proxy']) {
      const read = () => resolveProxy(server, { [variable]: value })
      expect(read).toThrow(UserError)
      expect(read).toThrow(`Variable ${variable}: `)
      expect(read).toThrow(what)
      expect(read).toThrow(fix)
      expect(read).not.toThrow(/hunter2/)
    }
  })

  it('does not read a variable that does not apply', () => {
    const env = { HTTPS_PROXY: 'socks5://proxy', NO_PROXY: 'corp.example' }
    expect(resolveProxy(server, env)).toBeUndefined()
    expect(resolveProxy(new URL('http://mlflow.corp.example'), env)).toBeUndefined()
  })
})
