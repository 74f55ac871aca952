import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import { type MlflowConnection, resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'

export type RequestHandler = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** Servers that are closed after each test. */
export const servers: { close(): void; closeAllConnections(): void }[] = []
export const closeServers = () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
}
afterEach(closeServers)

/** Starts a server that sends these responses one after the other, and then repeats the last one. */
export async function startServer(...answers: RequestHandler[]) {
  const requests: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[] = []
  const listener: RequestListener = async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    answers[Math.min(requests.length, answers.length) - 1]?.(request, response, body)
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return { asked: requests, listener, uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

export const jsonResponse =
  (body: unknown, status = 200, headers = {}): RequestHandler =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body))
export const textResponse =
  (body: string, status: number, type = 'text/html'): RequestHandler =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': type }).end(body)
export const errorResponse = (code: string, status: number, message = 'so it is') =>
  jsonResponse({ error_code: code, message }, status)
/** Announces a longer body than it sends. */
export const truncatedResponse =
  (status: number): RequestHandler =>
  (request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"error_code"', () => request.socket.destroy())
  }
export const dropConnection: RequestHandler = (request) => void request.socket.destroy()
export const modelResponse = jsonResponse({
  registered_model: { name: 'fraud', aliases: [{ alias: 'champion', version: '3' }] },
})

export const connectionTo = (uri: string, given = {}, env = {}): MlflowConnection =>
  resolveMlflowConnection({ 'tracking-uri': uri, ...given }, env)
