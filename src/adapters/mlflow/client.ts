import { setTimeout as sleep } from 'node:timers/promises'
import { type Dispatcher, fetch, type Response } from 'undici'
import type * as z from 'zod'
import { Fault } from '../../domain/failure.ts'
import type { MlflowConnection } from './connection.ts'
import { dispatcherFor } from './dispatcher.ts'
import { Busy, failureFrom, Unreachable, unreachable } from './failures.ts'

/**
 * What a second attempt would do. `read` and `set` may be repeated, since the last write wins and is the same one;
 * `append` adds something each time, so it is repeated only where the first attempt never reached the server.
 */
export type Repeat = 'read' | 'set' | 'append'
export type Query = Readonly<Record<string, string | number | undefined>>

export interface Call<T> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below /api/2.0/mlflow/, or from mlflow-artifacts/ on. */
  path: string
  query?: Query
  body?: unknown
  repeat: Repeat
  answer: z.ZodType<T>
}

export interface Client {
  base: string
  /** Asks the API and reads its JSON. Throws NotFound, AlreadyExists, or another Fault with its next step. */
  ask<T>(call: Call<T>): Promise<T>
  /** Streams the bytes of a file; `path` stands below the base. Throws the same. */
  bytes(path: string, query?: Query): Promise<AsyncIterable<Uint8Array>>
  /** Writes a file; again, where the answer is lost, since the last one wins. Throws the same. */
  put(path: string, content: string): Promise<void>
}

const ATTEMPTS = 3
/** For one attempt of a JSON request. The bytes of a file only need to keep flowing. */
const TIMEOUT_MS = 30_000
const LONGEST_WAIT_MS = 30_000

export function createClient(connection: MlflowConnection): Client {
  let carrier: Dispatcher | undefined
  const send = async (call: string, url: string, method: string, body: unknown, timeout?: number) => {
    carrier ??= dispatcherFor(connection)
    connection.onRequest?.(call)
    const signals = [connection.cancelled, timeout === undefined ? undefined : AbortSignal.timeout(timeout)]
    const headers = {
      ...connection.headers,
      ...(body === undefined || method === 'PUT' ? {} : { 'content-type': 'application/json' }),
    }
    try {
      return await fetch(url, {
        method,
        headers,
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
        signal: AbortSignal.any(signals.filter((signal) => signal !== undefined)),
        dispatcher: carrier,
      })
    } catch (cause) {
      connection.cancelled?.throwIfAborted()
      throw unreachable(call, connection.base, cause)
    }
  }
  const text = async (call: string, response: Response) => {
    try {
      return await response.text()
    } catch (cause) {
      connection.cancelled?.throwIfAborted()
      throw unreachable(call, connection.base, cause)
    }
  }
  const refused = async (call: string, response: Response) =>
    failureFrom({
      call,
      base: connection.base,
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      body: await text(call, response),
      retryAfter: response.headers.get('retry-after'),
      signedIn: signedIn(connection.headers.authorization),
    })

  return {
    base: connection.base,
    ask: ({ method, path, query, body, repeat, answer }) => {
      const call = `${method} ${path}${search(query)}`
      return repeated(repeat, connection.cancelled, async () => {
        const response = await send(
          call,
          `${connection.base}/${apiPath(path)}${search(query)}`,
          method,
          body,
          TIMEOUT_MS,
        )
        const isJson = response.headers.get('content-type')?.includes('json')
        if (!response.ok || !isJson) throw await refused(call, response)
        return parsed(call, connection.base, answer, await text(call, response))
      })
    },
    bytes: (path, query) => {
      const call = `GET ${path}${search(query)}`
      return repeated('read', connection.cancelled, async () => {
        const response = await send(call, `${connection.base}/${path}${search(query)}`, 'GET', undefined)
        if (!response.ok) throw await refused(call, response)
        return (response.body ?? []) as AsyncIterable<Uint8Array>
      })
    },
    put: (path, content) => {
      const call = `PUT ${path}`
      return repeated('set', connection.cancelled, async () => {
        const response = await send(call, `${connection.base}/${path}`, 'PUT', content, TIMEOUT_MS)
        if (!response.ok) throw await refused(call, response)
        await text(call, response)
      })
    },
  }
}

function signedIn(authorization: string | undefined): 'password' | 'token' | undefined {
  if (authorization === undefined) return undefined
  return authorization.startsWith('Basic ') ? 'password' : 'token'
}

function parsed<T>(call: string, base: string, answer: z.ZodType<T>, body: string): T {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    json = undefined
  }
  const result = answer.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Fault({
    system: 'MLflow',
    call,
    said: `the answer is not of the known form: ${issue?.path.join('.') || 'whole'}: ${issue?.message}`,
    next: `Is ${base} an MLflow server of version 3? Then please report this.`,
    cause: result.error,
  })
}

async function repeated<T>(
  repeat: Repeat,
  cancelled: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (tried >= ATTEMPTS || !worthAnother(repeat, error)) throw error
      const asked = error instanceof Busy ? error.retryAfterMs : undefined
      const wait = asked ?? 250 * 2 ** tried * (0.5 + Math.random())
      const signal = cancelled && { signal: cancelled }
      await sleep(Math.min(wait, LONGEST_WAIT_MS), undefined, signal).catch(() => cancelled?.throwIfAborted())
    }
  }
}

function worthAnother(repeat: Repeat, error: unknown): boolean {
  if (error instanceof Unreachable) return repeat !== 'append' || !error.sent
  // 429 comes from a proxy before anything was done; after any other code, something may have been.
  return error instanceof Busy && (repeat !== 'append' || error.status === 429)
}

function apiPath(path: string): string {
  return path.startsWith('mlflow-artifacts/') ? `api/2.0/${path}` : `api/2.0/mlflow/${path}`
}

/** `?a=b`, without what is undefined; also in messages, since names in it are what a person looks for. */
function search(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as [string, string]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}
