import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import { type MlflowConnection, mlflowConnection } from '../../src/adapters/mlflow/connection.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** Servers that the end of a test closes. */
export const servers: { close(): void; closeAllConnections(): void }[] = []
export const closeAll = () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
}
afterEach(closeAll)

/** A server that gives these answers one after the other, the last one for ever. */
export async function serverWith(...answers: Answer[]) {
  const asked: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[] = []
  const listener: RequestListener = async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    answers[Math.min(asked.length, answers.length) - 1]?.(request, response, body)
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return { asked, listener, uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

export const json =
  (body: unknown, status = 200, headers = {}): Answer =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body))
export const text =
  (body: string, status: number, type = 'text/html'): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': type }).end(body)
export const error = (code: string, status: number, message = 'so it is') =>
  json({ error_code: code, message }, status)
/** Promises more than it sends. */
export const breakOff =
  (status: number): Answer =>
  (request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"error_code"', () => request.socket.destroy())
  }
export const hangUp: Answer = (request) => void request.socket.destroy()
export const model = json({
  registered_model: { name: 'fraud', aliases: [{ alias: 'champion', version: '3' }] },
})

export const at = (uri: string, given = {}, env = {}): MlflowConnection =>
  mlflowConnection({ 'tracking-uri': uri, ...given }, env)
