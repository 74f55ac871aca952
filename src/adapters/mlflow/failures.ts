import { Fault, type FaultOptions } from '../../domain/failure.ts'

type Details = Omit<FaultOptions, 'system'>

class MlflowFault extends Fault {
  constructor(details: Details) {
    super({ system: 'MLflow', ...details })
  }
}

/** What was asked for is not there. Most readers turn this into `undefined`. */
export class NotFound extends MlflowFault {}
/** Files that the server does not list: they are in a store that no run or logged model of it knows. */
export class Unlisted extends MlflowFault {}
/** What should be made is there already. */
export class AlreadyExists extends MlflowFault {}
/** The server, or what stands before it, may answer otherwise in a moment. */
export class Busy extends MlflowFault {
  readonly retryAfterMs: number | undefined
  constructor(details: Details, retryAfterMs?: number) {
    super(details)
    this.retryAfterMs = retryAfterMs
  }
}
/** No answer at all. `sent` is false where the request certainly never reached the server. */
export class Unreachable extends MlflowFault {
  readonly sent: boolean
  constructor(details: Details, sent: boolean) {
    super(details)
    this.sent = sent
  }
}

/** An answer that was not a success, in the parts that tell what to do about it. */
export interface Refusal {
  call: string
  base: string
  status: number
  contentType: string
  body: string
  retryAfter: string | null
  /** What was sent to sign in, if anything. */
  signedIn: 'password' | 'token' | undefined
}

const BUSY = new Set([408, 429, 500, 502, 503, 504])
/** Of two jobs that write one new row at once, MLflow's database (SQLite, PostgreSQL, MySQL) refuses one. */
const COLLISION = /UNIQUE constraint failed|duplicate key value|Duplicate entry/i

/** The failure that an answer means, with its next step. Not every answer is JSON, so the content type decides first. */
export function failureFrom(refusal: Refusal): Fault {
  const { call, status } = refusal
  if (!refusal.contentType.includes('json')) return fromText(refusal)
  const { code, message } = errorIn(refusal.body)
  const details = { call, status, said: message }
  // A 404 of something else than MLflow must not read as "there is none".
  if (code === 'RESOURCE_DOES_NOT_EXIST' || code === 'NOT_FOUND')
    return new NotFound({ ...details, next: 'Check the name, and the workspace if the server has them.' })
  if (code === 'RESOURCE_ALREADY_EXISTS') return new AlreadyExists({ ...details, next: 'Use what is there.' })
  if (status === 401 || status === 403) return denied(refusal, message)
  if (BUSY.has(status) || COLLISION.test(message))
    return new Busy(
      { ...details, next: "Look into the server's log at this time, then run the job again." },
      milliseconds(refusal.retryAfter),
    )
  return new MlflowFault({
    ...details,
    next: `MLflow ${code || 'refused the request'}: mend what it names.`,
  })
}

function fromText(refusal: Refusal): Fault {
  const { call, status, base } = refusal
  const said = firstWords(refusal.body)
  const details = { call, status, said }
  if (status === 403 && /host header/i.test(refusal.body))
    return new MlflowFault({
      ...details,
      next: `The server does not know itself by the name in ${base}: start it with --allowed-hosts naming exactly that host, with its port.`,
    })
  if (status === 401 || status === 403) return denied(refusal, said)
  if (status === 404)
    return new MlflowFault({
      ...details,
      next: `Is ${base} the address of MLflow's API, with its path prefix, and is the server of version 3?`,
    })
  if (status === 503 && /disabled|without/i.test(refusal.body))
    return new MlflowFault({
      ...details,
      next: 'The server was started without this feature (see --serve-artifacts and --artifacts-only); switch it on.',
    })
  if (BUSY.has(status))
    return new Busy(
      { ...details, next: 'What stands before MLflow answered, not MLflow; is the server up?' },
      milliseconds(refusal.retryAfter),
    )
  return new MlflowFault({
    ...details,
    next: `${base} answered with ${refusal.contentType || 'no content type'} instead of JSON: is it MLflow, or the login page of a proxy?`,
  })
}

const CREDENTIALS = {
  none: (base: string) =>
    `${base} asks for credentials: give tracking-username and tracking-password (MLflow's own authentication reads no tokens), or tracking-token.`,
  password: (base: string) =>
    `${base} does not accept the user name or the password: check tracking-username and tracking-password.`,
  token: (base: string) =>
    `${base} does not accept the token: check tracking-token, or give tracking-username and tracking-password (MLflow's own authentication reads no tokens).`,
} as const

function denied({ call, status, base, signedIn }: Refusal, said: string): Fault {
  const next =
    status === 401
      ? CREDENTIALS[signedIn ?? 'none'](base)
      : 'These credentials may not do this: grant their user the permission on the model or experiment.'
  return new MlflowFault({ call, status, said, next })
}

/** A request that got no answer: no connection, a broken one, or none in time. */
export function unreachable(call: string, base: string, cause: unknown): Fault {
  const { code, message } = rootOf(cause)
  const never =
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|EHOSTUNREACH|ENETUNREACH|CERT|SELF_SIGNED|UNABLE_TO/
  const next = /CERT|SELF_SIGNED|UNABLE_TO/.test(code)
    ? 'The certificate is not trusted here: name its authority in MLFLOW_TRACKING_SERVER_CERT_PATH.'
    : `Is ${base} right, is the server up, and does the runner reach it (HTTPS_PROXY, NO_PROXY)?`
  const said = message || code || 'no answer'
  return new Unreachable({ call, said, next, cause }, !never.test(code))
}

/** fetch says "fetch failed" and hides why in its causes. */
function rootOf(error: unknown): { code: string; message: string } {
  let at = error
  while (at instanceof Error && at.cause instanceof Error) at = at.cause
  if (!(at instanceof Error)) return { code: '', message: String(at) }
  const code = 'code' in at ? String(at.code) : at.name
  return { code, message: at.name === 'TimeoutError' ? 'no answer in time' : at.message || code }
}

function errorIn(body: string): { code: string; message: string } {
  try {
    const { error_code, message } = JSON.parse(body) as Record<string, unknown>
    return { code: String(error_code ?? ''), message: firstWords(String(message ?? '')) }
  } catch {
    return { code: '', message: firstWords(body) }
  }
}

/** What a person reads of an answer: no markup, one line, at most 300 characters. */
function firstWords(text: string): string {
  const line = text
    .replace(/<(style|script|title)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line || 'an empty answer'
}

/** Retry-After in seconds or as a date. */
function milliseconds(retryAfter: string | null): number | undefined {
  if (!retryAfter) return undefined
  const seconds = Number(retryAfter)
  const wait = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

/** Turns "it is not there" into undefined. */
export async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof NotFound) return undefined
    throw error
  }
}

/** Likewise where the server cannot list the files that are asked about, which says nothing against them. */
export async function orUnlisted<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Unlisted) return undefined
    throw error
  }
}
