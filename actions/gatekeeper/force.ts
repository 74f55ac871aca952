import { UserError } from '../../src/domain/failure.ts'
import type { Problem } from '../../src/runtime/contract.ts'

interface Force {
  force: boolean
  'force-reason'?: string | undefined
}

/** Nobody overrides the gate without saying why. */
export function forceProblems({ force, 'force-reason': reason }: Force): Problem[] {
  return force === true && !reason
    ? [{ input: 'force-reason', message: 'is required with force: say why the gate is overridden' }]
    : []
}

/** The same for whoever learns of `force` only after the inputs were read. @throws UserError */
export function refuseUnexplained(inputs: Force): void {
  const [problem] = forceProblems(inputs)
  if (problem) throw new UserError(`Input ${problem.input}: ${problem.message}.`)
}
