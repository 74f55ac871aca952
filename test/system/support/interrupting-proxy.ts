import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** When the client dies: at which of its writes (from 1), and whether the server still got that one. */
export interface KillPoint {
  write: number
  reachesServer: boolean
}

export interface InterruptingProxy {
  uri: string
  /** Fulfilled when the client has to be killed. */
  killRequested: Promise<void>
  /** The writes that reached the server, in order: "POST runs/set-tag". */
  writes: readonly string[]
  close(): Promise<void>
}

/**
 * Stands between a client and an HTTP server, and lets writes through one at a time. The one that is deadly is never
 * answered, and none after it gets through, as if the client had died with its requests.
 * @param death undefined where the client shall live
 */
export async function startInterruptingProxy(server: string, death?: KillPoint): Promise<InterruptingProxy> {
  const writes: string[] = []
  let count = 0
  let dead = false
  let before: Promise<unknown> = Promise.resolve()
  let kill = () => {}
  const deadly = new Promise<void>((resolve) => {
    kill = resolve
  })

  const pass = async (request: IncomingMessage, response: ServerResponse, isDeadly: boolean) => {
    const body = await buffer(request)
    if (dead || (isDeadly && !death?.reachesServer)) return die()
    const { method = 'GET', url = '/', headers } = request
    const type = headers['content-type']
    const answer = await fetch(`${server}${url}`, {
      method,
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    })
    const content = Buffer.from(await answer.arrayBuffer())
    if (method !== 'GET') writes.push(`${method} ${url.replace(/^.*\/(artifacts|mlflow)\//, '')}`)
    if (isDeadly) return die()
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
    response.end(content)
  }
  const die = () => {
    dead = true
    kill()
  }

  const proxy = createServer((request, response) => {
    const failed = (error: unknown) => response.destroy(error as Error)
    if (request.method === 'GET') {
      pass(request, response, false).catch(failed)
      return
    }
    count += 1
    const isDeadly = count === death?.write
    before = before.then(() => pass(request, response, isDeadly)).catch(failed)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    uri: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    killRequested: deadly,
    writes,
    async close() {
      proxy.closeAllConnections()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
