import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { GoldenRequest } from '../../domain/verify.ts'
import { ask } from './trial-request.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const serving = (answer: RequestListener) => listening(createServer(answer))
const request = (over: Partial<GoldenRequest> = {}, within = 5000): GoldenRequest => ({
  method: 'GET',
  port: 8080,
  path: '/health?a=1',
  headers: {},
  body: undefined,
  expect: { status: 200, within },
  ...over,
})

test('method, path, headers and body arrive as they are given', async () => {
  const port = await serving((asked, answer) => {
    const pieces: Buffer[] = []
    asked.on('data', (piece: Buffer) => pieces.push(piece))
    asked.on('end', () => {
      const { method, url, headers } = asked
      answer.end(JSON.stringify({ method, url, headers, body: Buffer.concat(pieces).toString() }))
    })
  })
  const headers = { 'content-type': 'application/json', Host: 'fraud.example', 'X-A': 'b' }
  const heard = await ask(port, request({ method: 'POST', headers, body: '{"a": "é"}' }))
  expect(heard).toMatchObject({ kind: 'answer', status: 200 })
  expect(JSON.parse(heard.kind === 'answer' ? heard.body : '')).toMatchObject({
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

test('whatever status comes is an answer, and no redirection is followed', async () => {
  const port = await serving((_asked, answer) => answer.writeHead(302, { location: '/other' }).end('gone'))
  expect(await ask(port, request())).toMatchObject({ kind: 'answer', status: 302, body: 'gone' })
})

test('no answer in time is late, whether it never begins or never ends', async () => {
  const silent = await serving(() => undefined)
  expect(await ask(silent, request({}, 50))).toEqual({ kind: 'late' })
  const dripping = await serving((_asked, answer) => void answer.writeHead(200).write('x'))
  expect(await ask(dripping, request({}, 50))).toEqual({ kind: 'late' })
})

test('a connection that is refused, cut off, or speaks no HTTP is no answer', async () => {
  const gone = createTcpServer()
  const port = await listening(gone)
  await new Promise((resolve) => gone.close(resolve))
  expect(await ask(port, request())).toMatchObject({
    kind: 'none',
    why: expect.stringMatching(/ECONNREFUSED/),
  })
  const cut = await listening(createTcpServer((socket) => socket.end()))
  expect(await ask(cut, request())).toMatchObject({ kind: 'none' })
  const half = await serving((_asked, answer) => {
    answer.writeHead(200, { 'content-length': 10 }).write('x')
    setTimeout(() => answer.destroy(), 20)
  })
  expect(await ask(half, request())).toMatchObject({ kind: 'none' })
  const other = await listening(createTcpServer((socket) => socket.end('SSH-2.0\r\n')))
  expect(await ask(other, request())).toMatchObject({ kind: 'none' })
})

test('an answer without end is cut', async () => {
  const port = await serving((_asked, answer) => {
    answer.on('error', () => undefined)
    const more = () => answer.write('x'.repeat(100_000), (error) => !error && more())
    more()
  })
  const heard = await ask(port, request())
  expect(heard.kind === 'answer' && heard.body.length).toBe(1024 * 1024)
})

test('an answer that ends with its connection took as long as its last byte', async () => {
  const port = await listening(
    createTcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.0 200 OK\r\n\r\nhere')
        setTimeout(() => socket.end(), 1100)
      })
    }),
  )
  const heard = await ask(port, request({}, 1000))
  expect(heard).toMatchObject({ kind: 'answer', body: 'here' })
})

test('an answer that ends with its connection is late by its last byte, too', async () => {
  const port = await listening(
    createTcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.0 200 OK\r\n\r\nhere')
        setTimeout(() => socket.end(' and there'), 400)
      })
    }),
  )
  expect(await ask(port, request({}, 200))).toEqual({ kind: 'late' })
})
