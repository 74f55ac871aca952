import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetch, type RequestInit, type Response } from 'undici'
import * as z from 'zod'
import { Fault, UserError } from '../../../domain/core/errors.ts'
import { parseJson } from '../../../domain/core/text.ts'
import type { Tags } from '../../../domain/registry/version-tags.ts'
import { createDispatcher } from '../../http/dispatcher.ts'
import type { MlflowConnection } from './connection.ts'
import { Busy, faultFromResponse, isJson, Unreachable } from './faults.ts'
import { mayFollow, redirectFault, redirectTarget } from './redirect.ts'
import { createUnreachable } from './unreachable.ts'

/** `set` is idempotent and retried. `append` is retried only if the first attempt never reached the server. */
type RetryMode = 'set' | 'append'
type Query = Readonly<Record<string, string | number | undefined>>

export type Client = ReturnType<typeof createClient>

interface HttpRequest {
  method: string
  path: string
  query?: Query | undefined
  body?: string
  retryMode?: RetryMode | undefined
  /** A stream has no time limit while bytes arrive. */
  isStream?: true
}

const MAX_ATTEMPTS = 3
/** Per attempt. */
const REQUEST_TIMEOUT_MS = 30_000
const MAX_RETRY_WAIT_MS = 30_000
const MAX_REDIRECTS = 5

/**
 * The calls of MLflow's API. All throw NotFound, AlreadyExists, or another Fault with its next step. Paths of JSON calls
 * are below /api/2.0/mlflow/, or from mlflow-artifacts/ on; those of files are below the base.
 */
export function createClient(connection: MlflowConnection) {
  const { base, cancelled } = connection
  const { authorization } = connection.headers
  const dispatcher = createDispatcher(connection)

  /** As fetch, which would repeat a redirected POST as a GET. @throws MlflowFault for a redirect that must not be followed */
  const fetchFollowing = async (call: string, path: string, search: string, init: RequestInit) => {
    let url = new URL(`${base}${path}${search}`)
    for (let redirects = 0; ; redirects += 1) {
      const response = await fetch(url, { ...init, redirect: 'manual' })
      const target = redirectTarget(response, url)
      if (!target) return response
      await response.body?.cancel()
      if (
        redirects >= MAX_REDIRECTS ||
        !mayFollow(response.status, base, target, authorization !== undefined)
      )
        throw redirectFault(call, base, path, response.status, target)
      url = target
    }
  }

  /** @param root the folder of the path, if requests and responses below it are JSON */
  const send = async <T>(
    { method, path, query, body, retryMode = 'set', isStream }: HttpRequest,
    root: '' | 'api/2.0/' | 'api/2.0/mlflow/',
    read: (response: Response, call: string) => Promise<T>,
  ): Promise<T> => {
    const target = `${path}${formatQuery(query)}`
    const call = `${method} ${target}`
    const sendOnce = async () => {
      connection.onRequest?.(call)
      const signals = [cancelled, isStream ? undefined : AbortSignal.timeout(REQUEST_TIMEOUT_MS)]
      try {
        const response = await fetchFollowing(call, `/${root}${path}`, formatQuery(query), {
          method,
          headers: { ...connection.headers, ...(root && body ? { 'content-type': 'application/json' } : {}) },
          body: body ?? null,
          signal: AbortSignal.any(signals.filter((signal) => signal !== undefined)),
          dispatcher,
        })
        const isExpected = root === '' || isJson(response)
        if (response.ok && isExpected) return await read(response, call)
        throw faultFromResponse(call, base, response, await response.text(), authorization)
      } catch (cause) {
        if (cause instanceof Fault) throw cause
        cancelled?.throwIfAborted()
        throw createUnreachable(call, connection, cause)
      }
    }
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await sendOnce()
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || !shouldRetry(retryMode, error)) throw error
        const retryAfter = error instanceof Busy ? error.retryAfterMs : undefined
        const wait = Math.min(retryAfter ?? 250 * 2 ** attempt * (0.5 + Math.random()), MAX_RETRY_WAIT_MS)
        await sleep(wait, undefined, cancelled && { signal: cancelled }).catch(() =>
          cancelled?.throwIfAborted(),
        )
      }
    }
  }
  const sendJson = <T>(request: HttpRequest, schema: z.ZodType<T>): Promise<T> => {
    const root = request.path.startsWith('mlflow-artifacts/') ? 'api/2.0/' : 'api/2.0/mlflow/'
    return send(request, root, async (response, call) =>
      parseResponse(call, base, schema, await response.text()),
    )
  }
  return {
    base,

    get: <T>(path: string, query: Query, schema: z.ZodType<T>): Promise<T> =>
      sendJson({ method: 'GET', path, query }, schema),

    post: <T>(path: string, body: object, schema: z.ZodType<T>, retryMode?: RetryMode): Promise<T> =>
      sendJson({ method: 'POST', path, body: JSON.stringify(body), retryMode }, schema),

    /** An idempotent change. Ignores the response. */
    async change(method: 'POST' | 'DELETE', path: string, body: object): Promise<void> {
      await sendJson({ method, path, body: JSON.stringify(body) }, z.unknown())
    },

    /** Streams a file. */
    async download(path: string, query?: Query): Promise<AsyncIterable<Uint8Array>> {
      const body = await send({ method: 'GET', path, query, isStream: true }, '', async ({ body }) => body)
      return body ?? Readable.from([])
    },

    /** Writes a file. */
    async upload(path: string, content: string): Promise<void> {
      await send({ method: 'PUT', path, body: content }, '', (response) => response.text())
    },
  }
}

function parseResponse<T>(call: string, base: string, schema: z.ZodType<T>, body: string): T {
  const result = schema.safeParse(parseJson(body))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Fault({
    system: 'MLflow',
    call,
    detail: `unexpected response: ${issue?.path.join('.') || 'whole'}: ${issue?.message}`,
    hint: `Is ${base} an MLflow server of version 3? Then please report this.`,
    cause: result.error,
  })
}

function shouldRetry(retryMode: RetryMode, error: unknown): boolean {
  if (error instanceof Unreachable) return retryMode === 'set' || !error.wasSent
  // A proxy sends 429 before MLflow sees the request; after any other status, MLflow may have acted on it.
  return error instanceof Busy && (retryMode === 'set' || error.status === 429)
}

/** `?a=b`, without empty values. Also used in messages. */
function formatQuery(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const parameters = given.map(([key, value]): [string, string] => [key, String(value)])
  return parameters.length === 0 ? '' : `?${new URLSearchParams(parameters)}`
}

/**
 * Quotes a value for a search filter. MLflow's grammar strips single or double outer quotes and has no escape, so a wrong
 * quote would find nothing, which would read as "no champion". Only model names come from outside.
 */
export function quoteFilterValue(value: string): string {
  if (!value.includes("'")) return `'${value}'`
  if (!value.includes('"')) return `"${value}"`
  throw new UserError(
    `Input model-name: MLflow cannot search for ${value}, since it has both kinds of quotes in it: use a name with only one of them.`,
  )
}

/** Tags as MLflow's messages have them. */
export function toKeyValuePairs(tags: Tags): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}

/** Every item of a paged list. */
export async function fetchAllPages<T>(
  page: (token: string | undefined) => Promise<{ items: T[]; next: string }>,
): Promise<T[]> {
  const all: T[] = []
  let token: string | undefined
  do {
    const { items, next } = await page(token)
    all.push(...items)
    token = next || undefined
  } while (token)
  return all
}
