import { setTimeout as sleep } from 'node:timers/promises'
import { fetch } from 'undici'
import { Fault } from '../../domain/failure.ts'
import { oneLine } from '../../domain/one-line.ts'
import { dispatcherFor } from '../mlflow/dispatcher.ts'
import { proxyFor } from '../mlflow/proxy.ts'

/** How to reach GitHub's API. */
export interface GitHubConnection {
  /** GITHUB_API_URL, such as https://api.github.com. */
  base: string
  token: string | undefined
  env: Readonly<Record<string, string | undefined>>
  cancelled?: AbortSignal | undefined
}

export interface GitHubRequest {
  /** From the API's root on: /repos/... */
  path: string
  method?: 'GET' | 'POST' | 'PATCH'
  body?: unknown
  accept?: string
  /** What the token needs for it, as a job writes it: "contents: read". */
  permission: string
  /** Whether it may be sent again where no answer came: never for what creates something. */
  repeatable: boolean
}

/** An answer of success, or 404. */
export interface Answer {
  status: number
  text: string
  /** Path of the next page, where GitHub says that there is one. */
  next: string | undefined
}

const ATTEMPTS = 3
const TIMEOUT_MS = 20_000
const PAUSE_MS = 500

/** Gives a function that asks GitHub's API. It throws a Fault for every answer but success and 404, and for none. */
export function requestTo(connection: GitHubConnection): (request: GitHubRequest) => Promise<Answer> {
  const base = connection.base.replace(/\/+$/, '')
  const { token, cancelled } = connection
  const dispatcher = dispatcherFor({
    base,
    headers: {},
    proxy: proxyFor(new URL(base), connection.env),
    insecure: false,
  })
  const attempt = async ({ path, method = 'GET', body, accept }: GitHubRequest) => {
    const signals = [cancelled, AbortSignal.timeout(TIMEOUT_MS)].filter((signal) => signal !== undefined)
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: {
          accept: accept ?? 'application/vnd.github+json',
          'x-github-api-version': '2022-11-28',
          'user-agent': 'retrain-actions',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any(signals),
        dispatcher,
      })
      const header = (name: string) => response.headers.get(name) ?? undefined
      return { status: response.status, text: await response.text(), header }
    } catch (cause) {
      cancelled?.throwIfAborted()
      const { cause: root } = cause as { cause?: unknown }
      return { status: undefined, text: String(root ?? cause), header: () => undefined }
    }
  }
  return async (request) => {
    const { method = 'GET', path, permission, repeatable } = request
    for (let tried = 1; ; tried += 1) {
      const { status, text, header } = await attempt(request)
      if (status !== undefined && ((status >= 200 && status < 300) || status === 404))
        return { status, text, next: nextPage(header('link'), base) }
      if (!repeatable || tried >= ATTEMPTS || (status !== undefined && status < 500))
        throw new Fault({
          system: 'GitHub',
          call: `${method} ${path}`,
          status,
          said: messageIn(text),
          next: limitStep(status, header) ?? nextStep(status, { token, base, permission }),
        })
      await sleep(PAUSE_MS * tried, undefined, cancelled && { signal: cancelled })
    }
  }
}

/** The page after this one, by the `Link` header; only of the same server, since the token goes there. */
function nextPage(link: string | undefined, base: string): string | undefined {
  const [, url] = /<([^<>]+)>;\s*rel="next"/.exec(link ?? '') ?? []
  return url?.startsWith(`${base}/`) ? url.slice(base.length) : undefined
}

/** GitHub has an hourly limit, and a secondary one for who writes too fast; both are met in this way. */
function limitStep(status: number | undefined, header: (name: string) => string | undefined) {
  if (status !== 403 && status !== 429) return undefined
  const wait = header('retry-after')
  if (wait === undefined && header('x-ratelimit-remaining') !== '0') return undefined
  const when = /^\d{1,5}$/.test(wait ?? '') ? `in ${wait} s or more` : 'later'
  return `GitHub limits how much one token may ask for: run the job again ${when}.`
}

function nextStep(
  status: number | undefined,
  { token, base, permission }: { token: string | undefined; base: string; permission: string },
): string {
  if (status === 401)
    return token === undefined
      ? 'Give github-token, such as github.token.'
      : 'The token is not accepted: check github-token.'
  if (status === 403 || status === 429)
    return `Give the job "permissions: ${permission}" and its token as github-token; where it says rate limit, run the job again later.`
  if (status === undefined)
    return `Is ${base} right (GITHUB_API_URL), and does the runner reach it (HTTPS_PROXY, NO_PROXY)?`
  return 'Run the job again; https://www.githubstatus.com tells whether GitHub has trouble.'
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as Record<string, unknown>
    return oneLine(String(message ?? text))
  } catch {
    return oneLine(text) || 'an empty answer'
  }
}
