import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` with a proxy that counts and delays requests. The delays of sequential requests add up, those of concurrent
 * ones do not.
 * @param delay milliseconds
 * @param work receives the address of the proxy
 * @returns the number of requests
 */
export const countRequests = async (
  target: string,
  delay: number,
  work: (uri: string) => Promise<void>,
): Promise<number> => {
  let count = 0
  const server: Server = createServer(async (incoming, response) => {
    count += 1
    if (delay > 0) await sleep(delay)
    const { host: _, ...headers } = incoming.headers
    const forwarded = request(
      new URL(incoming.url ?? '/', target),
      { method: incoming.method, headers },
      (upstreamResponse) => {
        response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.headers)
        upstreamResponse.pipe(response)
      },
    )
    forwarded.on('error', (error) => response.destroy(error))
    incoming.pipe(forwarded)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    return count
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
