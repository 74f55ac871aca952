/** What a check before the training found. `not-checked`: something that it needs was missing. */
export type FindingStatus = 'passed' | 'failed' | 'warning' | 'not-checked'

export interface Finding {
  /** What was checked: "Policy", "Permissions". */
  check: string
  status: FindingStatus
  /** The input to change; undefined where no input does it. */
  input?: string | undefined
  message: string
}

/**
 * The findings of an error. Its lines "Input NAME: problem" become one finding each; other lines belong to the finding
 * before them.
 * @param input the input of an error that names none
 */
export function toFindings(
  check: string,
  status: FindingStatus,
  message: string,
  input: string | undefined,
): Finding[] {
  return message.split(/\n(?=Input [\w-]+: )/).map((part) => {
    const [, named, text] = /^Input ([\w-]+): ([\s\S]*)$/.exec(part) ?? []
    return { check, status, input: named ?? input, message: text ?? part }
  })
}

/** Nothing is deployed in a dry run, so what only a deployment needs cannot fail it. */
export function downgrade(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) =>
    finding.status === 'failed' ? { ...finding, status: 'warning' } : finding,
  )
}
