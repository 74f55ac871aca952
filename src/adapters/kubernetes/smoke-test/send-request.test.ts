import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { GoldenRequest } from '../../../domain/rollout/golden-requests.ts'
import { sendRequest } from './send-request.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const startServer = (answer: RequestListener) => listen(createServer(answer))
const request = (over: Partial<GoldenRequest> = {}, within = 5000): GoldenRequest => ({
  method: 'GET',
  port: 8080,
  path: '/health?a=1',
  headers: {},
  body: undefined,
  expect: { status: 200, timeoutMs: within },
  ...over,
})

test('method, path, headers and body arrive unchanged', async () => {
  const port = await startServer((asked, answer) => {
    const pieces: Buffer[] = []
    asked.on('data', (piece: Buffer) => pieces.push(piece))
    asked.on('end', () => {
      const { method, url, headers } = asked
      answer.end(JSON.stringify({ method, url, headers, body: Buffer.concat(pieces).toString() }))
    })
  })
  const headers = { 'content-type': 'application/json', Host: 'fraud.example', 'X-A': 'b' }
  const heard = await sendRequest(port, request({ method: 'POST', headers, body: '{"a": "é"}' }))
  expect(heard).toMatchObject({ kind: 'response', status: 200 })
  expect(JSON.parse(heard.kind === 'response' ? heard.body : '')).toMatchObject({
    method: 'POST',
    url: '/health?a=1',
    headers: {
      'content-type': 'application/json',
      'content-length': '11',
      host: 'fraud.example',
      'x-a': 'b',
    },
    body: '{"a": "é"}',
  })
})

test('every status is a response, and no redirect is followed', async () => {
  const port = await startServer((_asked, answer) =>
    answer.writeHead(302, { location: '/other' }).end('gone'),
  )
  expect(await sendRequest(port, request())).toMatchObject({ kind: 'response', status: 302, body: 'gone' })
})

test('a response that does not start or does not end in time is a timeout', async () => {
  const silent = await startServer(() => undefined)
  expect(await sendRequest(silent, request({}, 50))).toEqual({ kind: 'timeout' })
  const dripping = await startServer((_asked, answer) => void answer.writeHead(200).write('x'))
  expect(await sendRequest(dripping, request({}, 50))).toEqual({ kind: 'timeout' })
})

test('a connection that is refused, closed, or not HTTP is a failed connection', async () => {
  const gone = createTcpServer()
  const port = await listen(gone)
  await new Promise((resolve) => gone.close(resolve))
  expect(await sendRequest(port, request())).toMatchObject({
    kind: 'connection-failed',
    reason: expect.stringMatching(/ECONNREFUSED/),
  })
  const cut = await listen(createTcpServer((socket) => socket.end()))
  expect(await sendRequest(cut, request())).toMatchObject({ kind: 'connection-failed' })
  const half = await startServer((_asked, answer) => {
    answer.writeHead(200, { 'content-length': 10 }).write('x')
    setTimeout(() => answer.destroy(), 20)
  })
  expect(await sendRequest(half, request())).toMatchObject({ kind: 'connection-failed' })
  const other = await listen(createTcpServer((socket) => socket.end('SSH-2.0\r\n')))
  expect(await sendRequest(other, request())).toMatchObject({ kind: 'connection-failed' })
})

test('an endless response is cut', async () => {
  const port = await startServer((_asked, answer) => {
    answer.on('error', () => undefined)
    const more = () => answer.write('x'.repeat(100_000), (error) => !error && more())
    more()
  })
  const heard = await sendRequest(port, request())
  expect(heard.kind === 'response' && heard.body.length).toBe(1024 * 1024)
})

test('the duration of a response that ends with its connection is that of its last byte', async () => {
  const port = await listen(
    createTcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.0 200 OK\r\n\r\nhere')
        setTimeout(() => socket.end(), 1100)
      })
    }),
  )
  const heard = await sendRequest(port, request({}, 1000))
  expect(heard).toMatchObject({ kind: 'response', body: 'here' })
})

test('a response that ends with its connection is a timeout by its last byte', async () => {
  const port = await listen(
    createTcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.0 200 OK\r\n\r\nhere')
        setTimeout(() => socket.end(' and there'), 400)
      })
    }),
  )
  expect(await sendRequest(port, request({}, 200))).toEqual({ kind: 'timeout' })
})
