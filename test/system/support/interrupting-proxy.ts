import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** The write at which the client is killed (from 1), and whether that write still reaches the server. */
export interface KillPoint {
  write: number
  reachesServer: boolean
}

export interface InterruptingProxy {
  uri: string
  /** Resolves when the test must kill the client. */
  killRequested: Promise<void>
  /** The writes that reached the server, in order: "POST runs/set-tag". */
  writes: readonly string[]
  close(): Promise<void>
}

/**
 * Starts a proxy between a client and an HTTP server. It forwards writes one at a time. The write of the kill point
 * gets no response, and no later request reaches the server, as if the client had died.
 * @param killPoint undefined to forward all requests
 */
export async function startInterruptingProxy(
  server: string,
  killPoint?: KillPoint,
): Promise<InterruptingProxy> {
  const writes: string[] = []
  let count = 0
  let isKilled = false
  let previousWrite: Promise<unknown> = Promise.resolve()
  let kill = () => {}
  const killRequested = new Promise<void>((resolve) => {
    kill = resolve
  })

  const forward = async (request: IncomingMessage, response: ServerResponse, isKillPoint: boolean) => {
    const body = await buffer(request)
    if (isKilled || (isKillPoint && !killPoint?.reachesServer)) return requestKill()
    const { method = 'GET', url = '/', headers } = request
    const type = headers['content-type']
    const serverResponse = await fetch(`${server}${url}`, {
      method,
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    })
    const content = Buffer.from(await serverResponse.arrayBuffer())
    if (method !== 'GET') writes.push(`${method} ${url.replace(/^.*\/(artifacts|mlflow)\//, '')}`)
    if (isKillPoint) return requestKill()
    response.writeHead(serverResponse.status, {
      'content-type': serverResponse.headers.get('content-type') ?? 'text/plain',
    })
    response.end(content)
  }
  const requestKill = () => {
    isKilled = true
    kill()
  }

  const proxy = createServer((request, response) => {
    const destroyResponse = (error: unknown) => response.destroy(error as Error)
    if (request.method === 'GET') {
      forward(request, response, false).catch(destroyResponse)
      return
    }
    count += 1
    const isKillPoint = count === killPoint?.write
    previousWrite = previousWrite.then(() => forward(request, response, isKillPoint)).catch(destroyResponse)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    uri: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    killRequested,
    writes,
    async close() {
      proxy.closeAllConnections()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
