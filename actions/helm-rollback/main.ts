import { toError } from '../../src/domain/core/errors.ts'
import { oneLine } from '../../src/domain/core/text.ts'
import { LeaseLostError } from '../../src/domain/release/lease.ts'
import { createLeaseRequest } from '../../src/release/lease/lease-request.ts'
import { RecoveryInterruptedError } from '../../src/release/recovery/recover.ts'
import { withLease } from '../../src/release/with-lease.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import { type Adapters, formatTimeBudget, systemAdapters } from './load-state.ts'
import { post } from './post.ts'
import { runRollback } from './rollback.ts'

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = systemAdapters,
): Promise<Outcome<typeof contract>> => {
  try {
    const release = await adapters.openRelease(inputs, context)
    try {
      const mlflow = adapters.openMlflow(inputs, context)
      await release.checkPermissions()
      context.log.info(`${release.name}: time budget ${formatTimeBudget(inputs)}`)
      const options = { ...adapters, registry: () => mlflow }
      const request = createLeaseRequest('helm-rollback', inputs, context, options)
      // Decide only on what is read under the lease.
      return await withLease(release, request, (lease) => runRollback({ inputs, context, mlflow, lease }))
    } finally {
      release.close()
    }
  } catch (error) {
    // A started rollback ends with its own outcome; an error comes from an earlier step.
    const failure = toError(error)
    const hasStarted = error instanceof RecoveryInterruptedError || error instanceof LeaseLostError
    const outcome = hasStarted ? 'rollback-failed' : 'refused'
    return { outputs: { outcome, reason: oneLine(failure.message) }, failure }
  }
}

export const helmRollback = defineAction(contract, (inputs, context) => main(inputs, context), post)
