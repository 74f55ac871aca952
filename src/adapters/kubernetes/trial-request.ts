import { request } from 'node:http'
import type { GoldenRequest, Heard } from '../../domain/verify.ts'

/** An answer longer than this is none that a golden request waits for. */
const MOST = 1024 * 1024

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
    const timer = setTimeout(() => end({ kind: 'late' }), expect.within)
    const end = (heard: Heard) => {
      clearTimeout(timer)
      resolve(heard)
      call.destroy()
    }
    call.on('error', (error) => end({ kind: 'none', why: error.message }))
    call.on('response', (answer) => {
      const pieces: Buffer[] = []
      let bytes = 0
      answer.on('error', (error) => end({ kind: 'none', why: error.message }))
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length
        if (bytes <= MOST) pieces.push(piece)
        else end({ kind: 'none', why: `the answer is longer than ${MOST / 1024 / 1024} MiB` })
      })
      answer.on('end', () => {
        const text = Buffer.concat(pieces).toString()
        const milliseconds = Math.round(performance.now() - began)
        end({ kind: 'answer', status: answer.statusCode ?? 0, body: text, milliseconds })
      })
    })
    call.end(body)
  })
}
