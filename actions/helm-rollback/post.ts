import { removeKubeconfig } from '../../src/adapters/cluster-access/kubeconfig.ts'
import { createLeaseRequest } from '../../src/release/lease/lease-request.ts'
import { POST_STEP_TIMEOUT, runPostStep } from '../../src/release/post-step.ts'
import type { LeaseSession } from '../../src/release/with-lease.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import { type Adapters, systemAdapters } from './load-state.ts'
import { runRollback } from './rollback.ts'

/** Recovers a rollback that was cancelled or killed, then runs it again. */
export const post = async (
  { lease: holder, rollback: badVersion }: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = systemAdapters,
): Promise<string | undefined> => {
  removeKubeconfig(inputs, context.temp)
  if (!holder) return undefined
  const mlflow = adapters.openMlflow(inputs, context)
  const release = await adapters.openRelease(inputs, context)
  const options = { ...adapters, registry: () => mlflow }
  const request = createLeaseRequest('helm-rollback', inputs, context, options)
  const runAgain = async (lease: LeaseSession) => {
    const timeout = Math.min(inputs.timeout, POST_STEP_TIMEOUT)
    // By its number: `live` may be another version by now.
    const again = { ...inputs, 'bad-model-version': badVersion ?? '', timeout }
    const { outputs, summary, failure } = await runRollback({ inputs: again, context, mlflow, lease })
    if (!failure) context.log.warning(`Release ${release.name}: ${outputs.outcome}, ${outputs.reason}`)
    return { summary, failure }
  }
  try {
    return await runPostStep(release, request, holder, badVersion ? runAgain : undefined)
  } finally {
    release.close()
  }
}
