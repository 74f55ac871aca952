import { Fault, UserError } from '../../src/domain/core/errors.ts'
import { type Finding, type FindingStatus, toFindings } from '../../src/domain/preflight/findings.ts'

/** Collects the findings of one subject, in the order in which its checks ran. */
export class Checklist {
  readonly findings: Finding[] = []

  pass(check: string, message: string): void {
    this.findings.push({ check, status: 'passed', message })
  }

  /** @param input the input to change, for a message that names none */
  report(check: string, status: FindingStatus, message: string, input?: string): void {
    this.findings.push(...toFindings(check, status, message, input))
  }

  skip(check: string, reason: string): void {
    this.findings.push({ check, status: 'not-checked', message: reason })
  }

  /**
   * Runs a check. An error of the user or of a system becomes a finding.
   * @returns undefined after such an error
   * @throws any other error
   */
  async run<T>(
    check: string,
    input: string | undefined,
    work: () => T | Promise<T>,
    status: FindingStatus = 'failed',
  ): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UserError || error instanceof Fault)) throw error
      this.report(check, status, error.message, input)
      return undefined
    }
  }
}
