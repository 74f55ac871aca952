/** The user can mend it: a wrong input, a missing right, a refused order. One line: which input, what was wrong, what to do. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

export interface FaultOptions {
  /** Who failed: "MLflow", "Helm", "Kubernetes", "GitHub". */
  system: string
  /** What was asked of it, as a person would repeat it: "GET registered-models/get?name=fraud", "helm upgrade fraud". */
  call: string
  /** HTTP status or exit code, where there was an answer at all. */
  status?: number | undefined
  /** What it said, already free of secrets. */
  said: string
  /** What to do about it, as a sentence. */
  next: string
  cause?: unknown
}

/** An outside system failed us: which, which call, its status, the next step. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly system: string
  readonly call: string
  readonly status: number | undefined
  readonly said: string

  constructor(options: FaultOptions) {
    const status = options.status === undefined ? '' : ` (${options.status})`
    super(`${options.system}: ${options.call} failed${status}: ${sentence(options.said)} ${options.next}`, {
      cause: options.cause,
    })
    this.system = options.system
    this.call = options.call
    this.status = options.status
    this.said = options.said
  }
}

function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
