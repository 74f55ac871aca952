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

export interface GitHub {
  /**
   * The text of a file as it is on the repository's default branch; undefined where it is not there, or where the token
   * may not know that it is. @throws Fault
   */
  fileOnDefaultBranch(repository: string, path: string): Promise<string | undefined>
}

const ATTEMPTS = 3
const TIMEOUT_MS = 20_000
const PAUSE_MS = 500

export function connectGitHub(connection: GitHubConnection): GitHub {
  const base = connection.base.replace(/\/+$/, '')
  const { token, cancelled } = connection
  const dispatcher = dispatcherFor({
    base,
    headers: {},
    proxy: proxyFor(new URL(base), connection.env),
    insecure: false,
  })
  const headers = {
    accept: 'application/vnd.github.raw+json',
    'x-github-api-version': '2022-11-28',
    'user-agent': 'retrain-actions',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const attempt = async (path: string) => {
    const signals = [cancelled, AbortSignal.timeout(TIMEOUT_MS)].filter((signal) => signal !== undefined)
    try {
      const response = await fetch(`${base}${path}`, {
        headers,
        signal: AbortSignal.any(signals),
        dispatcher,
      })
      return { status: response.status, text: await response.text() }
    } catch (cause) {
      cancelled?.throwIfAborted()
      const { cause: root } = cause as { cause?: unknown }
      return { status: undefined, text: String(root ?? cause) }
    }
  }

  return {
    async fileOnDefaultBranch(repository, path) {
      // Without a ref, GitHub takes the default branch.
      const where = `/repos/${repository}/contents/${path.split('/').map(encodeURIComponent).join('/')}`
      for (let tried = 1; ; tried += 1) {
        const { status, text } = await attempt(where)
        if (status === 200) return text
        if (status === 404) return undefined
        if (tried >= ATTEMPTS || (status !== undefined && status < 500))
          throw new Fault({
            system: 'GitHub',
            call: `GET ${where}`,
            status,
            said: messageIn(text),
            next: nextStep(status, token, base),
          })
        await sleep(PAUSE_MS * tried, undefined, cancelled && { signal: cancelled })
      }
    },
  }
}

function nextStep(status: number | undefined, token: string | undefined, base: string): string {
  if (status === 401)
    return token === undefined
      ? 'Give github-token, such as github.token.'
      : 'The token is not accepted: check github-token.'
  if (status === 403 || status === 429)
    return 'Give the job "permissions: contents: read" and its token as github-token; where it says rate limit, run the job again later.'
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
