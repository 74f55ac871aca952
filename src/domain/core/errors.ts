/** An error that the user can fix. One line: which input, what is wrong, what to do. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

export interface FaultOptions {
  /** "MLflow", "Helm", "Kubernetes", "GitHub" */
  system: string
  /** The call, as a user would repeat it: "GET registered-models/get?name=fraud", "helm upgrade fraud". */
  call: string
  /** HTTP status or exit code, if there was a response. */
  status?: number | undefined
  /** Its message, with secrets already removed. */
  detail: string
  /** What a reader sees of it; left out: all. */
  summary?: string
  /** How to fix it, as a sentence. */
  hint: string
  cause?: unknown
}

/** An external system failed. Names the system, the call, the status and the next step. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly system: string
  readonly call: string
  readonly status: number | undefined
  readonly detail: string

  constructor(options: FaultOptions) {
    const status = options.status === undefined ? '' : ` (${options.status})`
    super(
      `${options.system}: ${options.call} failed${status}: ${sentence(options.summary ?? options.detail)} ${options.hint}`,
      {
        cause: options.cause,
      },
    )
    this.system = options.system
    this.call = options.call
    this.status = options.status
    this.detail = options.detail
  }
}

function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}

export function errorMessage(error: unknown): string {
  return toError(error).message
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
