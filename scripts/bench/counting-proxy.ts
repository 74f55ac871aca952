import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Passes everything on to a server and counts the requests. Only for counting: it would cost time in a measurement. */
export const countRequests = async (
  target: string,
  work: (uri: string) => Promise<void>,
): Promise<number> => {
  let count = 0
  const server: Server = createServer((incoming, answer) => {
    count += 1
    const { host: _, ...headers } = incoming.headers
    const passed = request(
      new URL(incoming.url ?? '/', target),
      { method: incoming.method, headers },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers)
        reply.pipe(answer)
      },
    )
    passed.on('error', (error) => answer.destroy(error))
    incoming.pipe(passed)
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
