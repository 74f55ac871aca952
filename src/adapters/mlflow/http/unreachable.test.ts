import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Certificate, makeCertificate, startTlsServer } from '../../../../test/fakes/certificates.ts'
import {
  connectionTo,
  modelResponse,
  servers,
  startServer,
  textResponse,
} from '../../../../test/fakes/mlflow-server.ts'
import { connectMlflow } from '../mlflow.ts'

const ask = (uri: string, env = {}) => connectMlflow(connectionTo(uri, {}, env)).getModel('fraud')
const trust = ({ file }: Certificate) => ({ MLFLOW_TRACKING_SERVER_CERT_PATH: file })
const notTheAuthority = 'name its authority'

describe('a certificate whose authority is given', () => {
  it.each([
    ['is expired', makeCertificate('DNS:localhost', { until: '20210101000000Z' }), /has expired\. Renew/],
    [
      'is of the future',
      makeCertificate('DNS:localhost', { from: '20400101000000Z' }),
      /not yet valid.*clock/,
    ],
    ['is of another host', makeCertificate('DNS:mlflow.corp'), /DNS:mlflow\.corp.*issued for localhost too/],
    ['names an address alone', makeCertificate('IP:10.0.0.1'), /not match.*issued for localhost too/],
  ])('%s', async (_case, certificate, message) => {
    const asking = ask(
      `https://localhost:${await startTlsServer(certificate, modelResponse)}`,
      trust(certificate),
    )
    await expect(asking).rejects.toThrow(message)
    await expect(asking).rejects.not.toThrow(notTheAuthority)
  })

  it('is for names, and the address is an IP', async () => {
    const certificate = makeCertificate('DNS:localhost')
    const port = await startTlsServer(certificate, modelResponse)
    await expect(ask(`https://127.0.0.1:${port}`, trust(certificate))).rejects.toThrow(
      /DNS:localhost|not in the cert's list.*issued for 127\.0\.0\.1 too/,
    )
  })
})

describe('a certificate that is not trusted', () => {
  it('and no authority is given', async () => {
    const asking = ask(`https://localhost:${await startTlsServer(makeCertificate(), modelResponse)}`)
    await expect(asking).rejects.toThrow(
      /self-signed certificate\. The certificate is not trusted: name its auth/,
    )
  })

  it('and another authority is given', async () => {
    const port = await startTlsServer(makeCertificate(), modelResponse)
    const asking = ask(`https://localhost:${port}`, trust(makeCertificate()))
    await expect(asking).rejects.toThrow('is not the authority of this certificate')
  })
})

describe('the wrong scheme', () => {
  it('https, of a server without TLS', async () => {
    const { uri } = await startServer(modelResponse)
    await expect(ask(uri.replace('http:', 'https:'))).rejects.toThrow(
      new RegExp(`TLS error: wrong version number\\. Is it http\\?.*give ${uri} as`),
    )
  })

  it('http, of a server that closes what is not TLS', async () => {
    const port = await startTlsServer(makeCertificate(), modelResponse)
    await expect(ask(`http://localhost:${port}`)).rejects.toThrow(
      `Is it https? Then give https://localhost:${port} as tracking-uri.`,
    )
  })

  it('http, of a server that answers with a TLS alert', async () => {
    const server = createTcpServer((socket) => socket.end(Buffer.from('15030100020246', 'hex')))
    const port = await new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    )
    await expect(ask(`http://127.0.0.1:${port}`)).rejects.toThrow('Is it https?')
    server.close()
  })

  it.each([
    ['nginx', '<html><center>The plain HTTP request was sent to HTTPS port</center></html>'],
    ['Go', 'Client sent an HTTP request to an HTTPS server.'],
    ['Apache', "Reason: You're speaking plain HTTP to an SSL-enabled server port."],
  ])('http, of %s', async (_case, body) => {
    const { uri } = await startServer(textResponse(body, 400))
    await expect(ask(uri)).rejects.toThrow(`The server speaks https: give ${uri.replace('http', 'https')} as`)
  })
})

describe('a server without a common TLS version', () => {
  it('is named as such', async () => {
    const certificate = makeCertificate()
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const port = await startTlsServer(certificate, modelResponse, old)
    await expect(ask(`https://localhost:${port}`, trust(certificate))).rejects.toThrow(
      /TLS error: tlsv1 alert protocol version\. .*TLS 1\.2 or newer/,
    )
  })
})

describe('a failure of a certificate', () => {
  it('is not tried again, as it stays', async () => {
    const calls: string[] = []
    const uri = `https://localhost:${await startTlsServer(makeCertificate(), modelResponse)}`
    const connection = { ...connectionTo(uri), onRequest: (call: string) => void calls.push(call) }
    await expect(connectMlflow(connection).getModel('fraud')).rejects.toThrow('not trusted')
    expect(calls).toHaveLength(1)
  })
})

describe('a proxy', () => {
  it.each([
    [407, 'check user name and password in HTTPS_PROXY'],
    [403, 'The proxy in HTTPS_PROXY does not connect to https://mlflow.example'],
  ])('that answers %d is named', async (status, hint) => {
    const proxy = createServer()
    proxy.on('connect', (_request, socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`))
    servers.push(proxy.listen(0, '127.0.0.1'))
    await new Promise((resolve) => proxy.once('listening', resolve))
    const HTTPS_PROXY = `http://ada:hunter2@127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const asking = ask('https://mlflow.example', { HTTPS_PROXY })
    await expect(asking).rejects.toThrow(hint)
    await expect(asking).rejects.not.toThrow('hunter2')
  })
})

it('a proxy that answers 407 to a request without a tunnel is named', async () => {
  const proxy = createServer((_, response) => response.writeHead(407).end('no'))
  servers.push(proxy.listen(0, '127.0.0.1'))
  await new Promise((resolve) => proxy.once('listening', resolve))
  const HTTP_PROXY = `http://ada:hunter2@127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const asking = ask('http://mlflow.example', { HTTP_PROXY })
  await expect(asking).rejects.toThrow('check user name and password in HTTP_PROXY')
})

it('a port to which fetch does not connect is an address that may be wrong', async () => {
  const asking = ask('http://127.0.0.1:9')
  await expect(asking).rejects.toThrow('bad port. Is http://127.0.0.1:9 right, is the server up')
})
