import { type IncomingMessage, request } from 'node:http'
import type { GoldenRequest, Heard } from '../../domain/verify.ts'

/** Bytes of an answer; what comes after them is not read. */
const MOST = 1024 * 1024

/**
 * Milliseconds for the end of a connection to arrive by way of the kubelet, which takes a second for it. Only its last
 * byte says how long an answer took.
 */
const CLOSING = 2000

/**
 * Asks a server on this machine once. Follows nothing, and trusts nothing of what comes: it is a model's own server.
 * Rejects never.
 */
export function ask(port: number, { method, path, headers, body, expect }: GoldenRequest): Promise<Heard> {
  return new Promise((resolve) => {
    const began = performance.now()
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
    })
    let timer = setTimeout(() => end({ kind: 'late' }), expect.within)
    let last = began
    const end = (heard: Heard) => {
      clearTimeout(timer)
      resolve(heard)
      call.destroy()
    }
    call.on('error', (error) => end({ kind: 'none', why: error.message }))
    call.on('response', (answer) => {
      const pieces: Buffer[] = []
      let bytes = 0
      last = performance.now()
      if (endsWithConnection(answer)) {
        clearTimeout(timer)
        timer = setTimeout(() => end({ kind: 'late' }), expect.within - (last - began) + CLOSING)
      }
      answer.on('error', (error) => end({ kind: 'none', why: error.message }))
      answer.on('data', (piece: Buffer) => {
        last = performance.now()
        bytes += piece.length
        pieces.push(piece)
        if (bytes > MOST) answered()
      })
      answer.on('end', () => answered())
      const answered = () => {
        const milliseconds = Math.round(last - began)
        const body = Buffer.concat(pieces).subarray(0, MOST).toString()
        if (milliseconds > expect.within) end({ kind: 'late' })
        else end({ kind: 'answer', status: answer.statusCode ?? 0, body, milliseconds })
      }
    })
    call.end(body)
  })
}

/** An answer that tells its length in no other way. */
function endsWithConnection({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
}
