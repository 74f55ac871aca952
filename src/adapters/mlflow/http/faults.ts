import type { Response } from 'undici'
import { Fault, type FaultOptions } from '../../../domain/core/errors.ts'
import { oneLine, parseJson } from '../../../domain/core/text.ts'

type Details = Omit<FaultOptions, 'system'>

export class MlflowFault extends Fault {
  constructor(details: Details) {
    super({ system: 'MLflow', ...details })
  }
}

/** The resource does not exist. */
export class NotFound extends MlflowFault {}
/** The files are in a store that the server cannot list. */
export class ArtifactsNotListable extends MlflowFault {}
/** The resource to create exists. */
export class AlreadyExists extends MlflowFault {}
/** A retry may succeed. */
export class Busy extends MlflowFault {
  readonly retryAfterMs: number | undefined
  constructor(details: Details, retryAfterMs?: number) {
    super(details)
    this.retryAfterMs = retryAfterMs
  }
}
/** No response. `wasSent` is false if the request certainly never reached the server. */
export class Unreachable extends MlflowFault {
  readonly wasSent: boolean
  constructor(details: Details, wasSent: boolean) {
    super(details)
    this.wasSent = wasSent
  }
}

const RETRYABLE_STATUS = new Set([408, 429, 500, 502, 503, 504])
/** MLflow's database (SQLite, PostgreSQL, MySQL) rejects one of two concurrent inserts of the same row. */
const UNIQUE_VIOLATION = /UNIQUE constraint failed|duplicate key value|Duplicate entry/i

/** What nginx, Go's net/http and Apache answer to http on a port for https. */
const PLAIN_HTTP_REFUSED =
  /plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server|plain HTTP to an SSL/i

/**
 * The fault for an unsuccessful response, with its next step. A proxy may answer in place of MLflow, but not with JSON.
 * @param authorization what the request authenticated with
 */
export function faultFromResponse(
  call: string,
  base: string,
  response: Response,
  body: string,
  authorization: string | undefined,
): Fault {
  const { status, headers } = response
  const fromMlflow = isJson(response)
  const { code, message } = fromMlflow ? parseErrorBody(body) : { code: '', message: summarizeBody(body) }
  const details = { call, status, detail: message }
  const faultWithHint = (hint: string) => new MlflowFault({ ...details, hint })
  // Only MLflow's own error codes mean "not found"; a 404 may come from a proxy.
  if (code === 'RESOURCE_DOES_NOT_EXIST' || code === 'NOT_FOUND')
    return new NotFound({ ...details, hint: 'Check the name, and the workspace if the server has them.' })
  if (code === 'RESOURCE_ALREADY_EXISTS')
    return new AlreadyExists({ ...details, hint: 'Use the existing one.' })
  if (!fromMlflow && status === 403 && /host header/i.test(body))
    return faultWithHint(
      `The server does not accept the host name in ${base}: start it with --allowed-hosts and exactly that host and port.`,
    )
  if (status === 401) return faultWithHint(credentialHint(base, authorization))
  // MLflow's own authentication answers with this text, not with JSON.
  if (status === 403 && !fromMlflow && !/permission denied/i.test(body))
    return faultWithHint(
      `A proxy or firewall answered in place of MLflow: have it allow the runner, or add ${new URL(base).hostname} to NO_PROXY.`,
    )
  if (status === 403)
    return faultWithHint(
      'These credentials lack the permission: grant their user access to the model or experiment.',
    )
  if (!fromMlflow && status === 503 && /disabled|without/i.test(body))
    return faultWithHint(
      'The server runs without this feature; enable it (see --serve-artifacts and --artifacts-only).',
    )
  if (RETRYABLE_STATUS.has(status) || (fromMlflow && UNIQUE_VIOLATION.test(message))) {
    const hint = fromMlflow
      ? "Check the server's log at this time, then re-run the job."
      : 'A proxy answered in place of MLflow; is the server up?'
    return new Busy({ ...details, hint }, parseRetryAfterMs(headers.get('retry-after')))
  }
  if (!fromMlflow && PLAIN_HTTP_REFUSED.test(body))
    return faultWithHint(`The server speaks https: give ${base.replace('http:', 'https:')} as tracking-uri.`)
  if (fromMlflow) return faultWithHint(`MLflow ${code || 'rejected the request'}: fix what it names.`)
  if (status === 404)
    return faultWithHint(
      `Is ${base} the address of MLflow's API, with its path prefix, and is the server of version 3?`,
    )
  return faultWithHint(
    `${base} answered with ${headers.get('content-type') || 'no content type'} instead of JSON: is it MLflow, or the login page of a proxy?`,
  )
}

function credentialHint(base: string, authorization: string | undefined): string {
  if (authorization === undefined)
    return `${base} requires credentials: give tracking-username and tracking-password (MLflow's own authentication reads no tokens), or tracking-token.`
  return authorization.startsWith('Basic ')
    ? `${base} does not accept the user name or the password: check tracking-username and tracking-password.`
    : `${base} does not accept the token: check tracking-token, or give tracking-username and tracking-password (MLflow's own authentication reads no tokens).`
}

/** Whether MLflow itself may have sent the response. */
export function isJson({ headers }: Response): boolean {
  return headers.get('content-type')?.includes('json') ?? false
}

function parseErrorBody(body: string): { code: string; message: string } {
  const { error_code, message } = (parseJson(body) ?? {}) as Record<string, unknown>
  return { code: String(error_code ?? ''), message: summarizeBody(String(message ?? body)) }
}

/** A response body for messages: without markup, one line, at most 300 characters. */
function summarizeBody(text: string): string {
  const visible = text.replace(/<(style|script|title)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
  return oneLine(visible, 300) || 'an empty response'
}

/** Retry-After in seconds or as a date. */
function parseRetryAfterMs(retryAfter: string | null): number | undefined {
  if (!retryAfter) return undefined
  const seconds = Number(retryAfter)
  const wait = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

function undefinedIf(kind: new (details: Details) => MlflowFault) {
  return async <T>(response: Promise<T>): Promise<T | undefined> => {
    try {
      return await response
    } catch (error) {
      if (error instanceof kind) return undefined
      throw error
    }
  }
}

/** Each turns one fault into undefined. */
export const undefinedIfNotFound = undefinedIf(NotFound)
export const undefinedIfExists = undefinedIf(AlreadyExists)
/** It says nothing against the files. */
export const undefinedIfNotListable = undefinedIf(ArtifactsNotListable)
