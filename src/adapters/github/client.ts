import { randomUUID } from 'node:crypto'
import type { GitHub } from '@actions/github/lib/utils'
import { fetch, type RequestInit } from 'undici'
import { errorMessage, Fault } from '../../domain/core/errors.ts'
import { oneLine } from '../../domain/core/text.ts'
import { diagnoseConnectionFailure } from '../http/connection-failure.ts'
import { createDispatcher } from '../http/dispatcher.ts'
import { resolveProxy } from '../http/proxy.ts'

/** How to reach GitHub's API. */
export interface GitHubConnection {
  /** GITHUB_API_URL, such as https://api.github.com. */
  base: string
  token: string | undefined
  env: Readonly<Record<string, string | undefined>>
  cancelled: AbortSignal
  log: { info(message: string): void }
  /** How long Octokit waits where it means a second, in milliseconds. Default 1000. */
  secondMs?: number
}

export type Octokit = InstanceType<typeof GitHub>
/** Calls GitHub. `permission` is what the token needs, as a job grants it: "contents: read". @throws Fault */
export type GitHubCall = <T>(permission: string, request: (octokit: Octokit) => Promise<T>) => Promise<T>

const REQUEST_TIMEOUT_MS = 20_000
/** GitHub asks for about 60 s after a secondary rate limit. The primary limit lasts up to an hour, too long for a job. */
const MAX_RATE_LIMIT_WAIT_S = 60
/** For requests that create something: a second attempt could create it twice. */
export const NO_RETRIES = { retries: 0 }

/** Octokit does the retries, the pauses between writes and the waits for rate limits. It is loaded by the first call. */
export function connectOctokit(connection: GitHubConnection): GitHubCall {
  const { cancelled } = connection
  // Octokit's own waits do not end with the job.
  const cancellation = new Promise<never>((_, reject) =>
    cancelled.addEventListener('abort', () => reject(cancelled.reason), { once: true }),
  )
  cancellation.catch(() => undefined)
  let client: Promise<Octokit> | undefined
  return async (permission, request) => {
    cancelled.throwIfAborted()
    client ??= createOctokit(connection)
    const octokit = await client
    try {
      return await Promise.race([request(octokit), cancellation])
    } catch (error) {
      cancelled.throwIfAborted()
      throw toFault(error, connection, permission)
    }
  }
}

async function createOctokit({ base, token, env, cancelled, log, secondMs = 1000 }: GitHubConnection) {
  const [{ GitHub }, { retry }, { throttling }] = await Promise.all([
    import('@actions/github/lib/utils'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ])
  const baseUrl = base.replace(/\/+$/, '')
  const proxy = resolveProxy(new URL(baseUrl), env)
  const dispatcher = createDispatcher({ base: baseUrl, proxy })
  const waitForRateLimit = (
    seconds: number,
    { method, url }: object & { method?: string; url?: string },
    _: unknown,
    retries: number,
  ) => {
    const retried = retries === 0 && seconds <= MAX_RATE_LIMIT_WAIT_S
    if (retried) log.info(`GitHub rate limit: ${method} ${url} is retried in ${seconds} s.`)
    return retried
  }
  const octokit = new (GitHub.plugin(retry, throttling))({
    baseUrl,
    userAgent: 'retrain-actions',
    ...(token !== undefined && { auth: token }),
    log: { debug: () => {}, info: () => {}, warn: log.info, error: log.info },
    request: {
      fetch: (url: string, init: RequestInit) => {
        const signal = AbortSignal.any([cancelled, AbortSignal.timeout(REQUEST_TIMEOUT_MS)])
        return fetch(url, { ...init, signal, dispatcher })
      },
    },
    retry: {
      retries: 2,
      retryAfterBaseValue: secondMs,
      doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451],
    },
    throttle: {
      id: randomUUID(),
      retryAfterBaseValue: secondMs,
      onRateLimit: waitForRateLimit,
      onSecondaryRateLimit: waitForRateLimit,
    },
  })
  octokit.hook.before('request', ({ url }) => {
    // The server names the next page of a list. Only its own addresses may receive the token.
    if (/^https?:/.test(url) && !url.startsWith(`${baseUrl}/`))
      throw unknownAnswer(new Error(`the next page is at ${new URL(url).origin}`))
  })
  return octokit
}

/** What Octokit throws when GitHub refuses, or does not answer: then without a response. */
interface RequestError extends Error {
  status: number
  request: { method: string; url: string }
  response?: { headers: Record<string, string | number | undefined>; data: unknown }
}

function toFault(error: unknown, connection: GitHubConnection, permission: string): unknown {
  if (error instanceof Fault) return error
  if (!(error instanceof Error && error.name === 'HttpError')) return unknownAnswer(error)
  const { request, response, status } = error as RequestError
  return new Fault({
    system: 'GitHub',
    call: `${request.method} ${decodeURIComponent(new URL(request.url).pathname)}`,
    status: response && status,
    detail: response ? readMessage(response.data) : error.message,
    hint: hintFor(error as RequestError, connection, permission),
    cause: error,
  })
}

function unknownAnswer(cause: unknown): Fault {
  return new Fault({
    system: 'GitHub',
    call: 'reading the answer',
    detail: `the answer has an unknown form (${oneLine(errorMessage(cause))})`,
    hint: 'Check that GITHUB_API_URL is the API of a GitHub server. If it is, please report this.',
    cause,
  })
}

function hintFor(error: RequestError, { base, token }: GitHubConnection, permission: string) {
  const { status, response } = error
  if (!response) return connectionHint(error, base)
  if (status === 401)
    return token === undefined ? 'Set github-token, for example to github.token.' : 'Check github-token.'
  const { 'retry-after': wait, 'x-ratelimit-remaining': remaining } = response.headers
  if (status === 429 || (status === 403 && (wait !== undefined || remaining === '0')))
    return `Rate limit of the token: re-run the job ${wait === undefined ? 'later' : `in ${wait} s or more`}.`
  if (status === 403 || status === 404)
    return `Grant the job "permissions: ${permission}" and pass its token as github-token.`
  if (status === 410) return 'Enable issues in the settings of the repository, or set issue: false.'
  return 'Re-run the job; https://www.githubstatus.com shows whether GitHub has an incident.'
}

function connectionHint(error: RequestError, base: string): string {
  const { reason } = diagnoseConnectionFailure(error)
  if (reason === 'certificate-untrusted')
    return `The certificate of ${base} is not trusted: name the file of its authority in NODE_EXTRA_CA_CERTS.`
  if (reason.startsWith('certificate-'))
    return `Fix the certificate of ${base}; an authority that you name does not help.`
  if (reason === 'proxy-credentials') return 'Check user name and password in HTTPS_PROXY.'
  return `Check GITHUB_API_URL (${base}) and whether the runner reaches it (HTTPS_PROXY, NO_PROXY).`
}

function readMessage(data: unknown): string {
  const message = typeof data === 'object' && data !== null && 'message' in data ? data.message : data
  return oneLine(String(message ?? '')) || 'an empty answer'
}
