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

/** The server that receives the requests. */
export interface UpstreamTarget {
  uri: string
  /** The trusted certificate; undefined for plain HTTP. */
  ca?: Buffer
  /** Added to the headers of the client. */
  headers?: Readonly<Record<string, string>>
}

/** The complete response of the server. */
export interface ProxyResponse {
  status: number
  headers: OutgoingHttpHeaders
  body: Buffer
}

/**
 * Handles a request. `pass` forwards it to the server. The client receives the returned response; undefined cuts its
 * connection.
 */
export type RequestHandler = (
  request: Request,
  pass: () => Promise<ProxyResponse>,
  hasDisconnected: () => boolean,
) => Promise<ProxyResponse | undefined>

export interface ReverseProxy {
  /** The http:// address on the loopback interface. It does not change. */
  uri: string
  /** Refuses connections until `startListening`. */
  stopListening(): Promise<void>
  startListening(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a proxy in front of a server. It streams the responses to requests for which `isStream` is true (watches and
 * logs). `handler` handles all other requests.
 */
export async function startReverseProxy(
  target: UpstreamTarget,
  isStream: (request: Pick<Request, 'method' | 'url'>) => boolean,
  handler: RequestHandler,
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
      const upstreamRequest = (secure ? secureRequest : request)(`${target.uri}${from.url}`, options, resolve)
      upstreamRequest.once('error', reject)
      upstreamRequest.end(body)
    })

  const stream = async (from: IncomingMessage, to: ServerResponse) => {
    const response = await send(from, undefined)
    to.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(to)
    response.once('error', () => to.destroy())
    // Closes the watch of a disconnected client at the server.
    to.once('close', () => response.destroy())
  }

  const handle = async (from: IncomingMessage, to: ServerResponse) => {
    const body = await buffer(from)
    const { method = 'GET', url = '/' } = from
    const pass = async (): Promise<ProxyResponse> => {
      const response = await send(from, body)
      const { connection: _connection, 'transfer-encoding': _chunked, ...headers } = response.headers
      return { status: response.statusCode ?? 502, headers, body: await buffer(response) }
    }
    const response = await handler({ method, url, body }, pass, () => from.socket.destroyed)
    if (!response) {
      to.destroy()
      return
    }
    to.writeHead(response.status, { ...response.headers, 'content-length': response.body.length })
    to.end(response.body)
  }

  const server = createServer((from, to) => {
    const { method = 'GET', url = '/' } = from
    const handled = isStream({ method, url }) ? stream(from, to) : handle(from, to)
    handled.catch(() => to.destroy())
  })
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  let port = 0
  const startListening = async () => {
    if (server.listening) return
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const stopListening = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  await startListening()
  return {
    uri: `http://127.0.0.1:${port}`,
    startListening,
    stopListening,
    async close() {
      await stopListening()
      agent.destroy()
    },
  }
}
