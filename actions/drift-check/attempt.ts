import { Fault, UserError } from '../../src/domain/core/errors.ts'

export interface Attempt<T> {
  value?: T
  /** What the user or an outside system must correct. */
  error?: UserError | Fault
}

/** Runs a part of a check whose failure must not hide the other parts. Any other error is thrown. */
export async function attempt<T>(part: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await part() }
  } catch (error) {
    if (error instanceof UserError || error instanceof Fault) return { error }
    throw error
  }
}
