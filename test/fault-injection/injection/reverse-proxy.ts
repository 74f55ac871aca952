import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  Agent as PlainAgent,
  request,
  type ServerResponse,
} from 'node:http'
import { Agent, request as secureRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Request } from './writes.ts'

/** Where the requests go. */
export interface UpstreamTarget {
  uri: string
  /** The certificate that is trusted; undefined for plain HTTP. */
  ca?: Buffer
  /** Sent besides those of the client. */
  headers?: Readonly<Record<string, string>>
}

/** The server's answer, read to its end. */
export interface ProxyResponse {
  status: number
  headers: OutgoingHttpHeaders
  body: Buffer
}

/**
 * Handles a request. `pass` asks the server once. The client receives the returned response, and
 * undefined cuts its connection.
 */
export type RequestHandler = (
  request: Request,
  pass: () => Promise<ProxyResponse>,
  hasDisconnected: () => boolean,
) => Promise<ProxyResponse | undefined>

export interface ReverseProxy {
  /** http:// address on loopback; the same as long as this lives. */
  uri: string
  /** Refuses connections from now on, until `open`. */
  stopListening(): Promise<void>
  startListening(): Promise<void>
  close(): Promise<void>
}

/**
 * Stands before a server. A request for which `streams` is true is passed through as it comes (a watch, a log); of every
 * other one, `rule` decides what becomes of it.
 */
export async function startReverseProxy(
  target: UpstreamTarget,
  streams: (request: Pick<Request, 'method' | 'url'>) => boolean,
  rule: RequestHandler,
): Promise<ReverseProxy> {
  const secure = target.uri.startsWith('https:')
  const agent = secure ? new Agent({ keepAlive: true, ca: target.ca }) : new PlainAgent({ keepAlive: true })
  const send = (from: IncomingMessage, body: Buffer | undefined): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { host: _host, connection: _connection, 'transfer-encoding': _chunked, ...headers } = from.headers
      const options = {
        method: from.method,
        agent,
        headers: { ...headers, ...(body && { 'content-length': String(body.length) }), ...target.headers },
      }
      const asked = (secure ? secureRequest : request)(`${target.uri}${from.url}`, options, resolve)
      asked.once('error', reject)
      asked.end(body)
    })

  const stream = async (from: IncomingMessage, to: ServerResponse) => {
    const answer = await send(from, undefined)
    to.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(to)
    answer.once('error', () => to.destroy())
    // A watch whose client has disconnected must not stay open at the server.
    to.once('close', () => answer.destroy())
  }

  const judge = async (from: IncomingMessage, to: ServerResponse) => {
    const body = await buffer(from)
    const { method = 'GET', url = '/' } = from
    const pass = async (): Promise<ProxyResponse> => {
      const answer = await send(from, body)
      const { connection: _connection, 'transfer-encoding': _chunked, ...headers } = answer.headers
      return { status: answer.statusCode ?? 502, headers, body: await buffer(answer) }
    }
    const answer = await rule({ method, url, body }, pass, () => from.socket.destroyed)
    if (!answer) {
      to.destroy()
      return
    }
    to.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length })
    to.end(answer.body)
  }

  const server = createServer((from, to) => {
    const { method = 'GET', url = '/' } = from
    const handled = streams({ method, url }) ? stream(from, to) : judge(from, to)
    handled.catch(() => to.destroy())
  })
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  let port = 0
  const open = async () => {
    if (server.listening) return
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const shut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  await open()
  return {
    uri: `http://127.0.0.1:${port}`,
    startListening: open,
    stopListening: shut,
    async close() {
      await shut()
      agent.destroy()
    },
  }
}
