import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { errorMessage } from '../../../domain/core/errors.ts'
import type { GoldenRequest, ProbeResponse } from '../../../domain/rollout/golden-requests.ts'

/** Bytes of a response that are read. */
const MAX_RESPONSE_BYTES = 1024 * 1024

/** Milliseconds for the end of a connection to pass the kubelet, which takes a second. It does not count as duration. */
const CONNECTION_CLOSE_GRACE_MS = 2000

/** Sends one request to a forwarded port. Follows no redirect: the response is untrusted. Never rejects. */
export async function sendRequest(
  port: number,
  { method, path, headers, body, expect }: GoldenRequest,
): Promise<ProbeResponse> {
  const startTime = performance.now()
  const timeout = new AbortController()
  let timer = setTimeout(() => timeout.abort(), expect.timeoutMs)
  const call = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: {
      accept: '*/*',
      ...headers,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    agent: false,
    signal: timeout.signal,
  })
  try {
    call.end(body)
    const [response]: IncomingMessage[] = await once(call, 'response')
    if (!response) throw new Error('no response')
    let lastByteTime = performance.now()
    if (endsWithConnection(response)) {
      clearTimeout(timer)
      const rest = expect.timeoutMs - (lastByteTime - startTime)
      timer = setTimeout(() => timeout.abort(), rest + CONNECTION_CLOSE_GRACE_MS)
    }
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response) {
      lastByteTime = performance.now()
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MAX_RESPONSE_BYTES) break
    }
    const durationMs = Math.round(lastByteTime - startTime)
    if (durationMs > expect.timeoutMs) return { kind: 'timeout' }
    const text = Buffer.concat(chunks).subarray(0, MAX_RESPONSE_BYTES).toString()
    return { kind: 'response', status: response.statusCode ?? 0, body: text, durationMs }
  } catch (error) {
    if (timeout.signal.aborted) return { kind: 'timeout' }
    return { kind: 'connection-failed', reason: errorMessage(error) }
  } finally {
    clearTimeout(timer)
    call.destroy()
  }
}

/** Whether only the end of the connection ends the response. */
function endsWithConnection({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
}
