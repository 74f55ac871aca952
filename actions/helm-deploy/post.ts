import { removeKubeconfig } from '../../src/adapters/cluster-access/kubeconfig.ts'
import { openRelease } from '../../src/adapters/kubernetes/release/release.ts'
import { createLeaseRequest } from '../../src/release/lease/lease-request.ts'
import { runPostStep } from '../../src/release/post-step.ts'
import { removeValues, valuesFolder } from '../../src/release/prepare-upgrade.ts'
import { openMlflow } from '../../src/release/registry/connect.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** Recovers a deployment that was cancelled or killed, and deletes the files and pods that it left. */
export const post = async (
  state: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
  open: typeof openRelease = openRelease,
  registry: typeof openMlflow = openMlflow,
): Promise<string | undefined> => {
  removeValues(valuesFolder(context.temp, inputs.release))
  removeKubeconfig(inputs, context.temp)
  const { lease: holder, 'smoke-test': run } = state
  if (!holder && !run) return undefined
  const release = await open(inputs, context)
  try {
    const options = { registry: () => registry(inputs, context) }
    const request = createLeaseRequest('helm-deploy', inputs, context, options)
    return holder ? await runPostStep(release, request, holder) : undefined
  } finally {
    // A failed recovery is the error to report, so this one is only logged.
    if (run)
      await release.deleteSmokeTestPods(run).catch((error: unknown) => {
        context.log.warning(`The smoke test pod may still exist: ${error}`)
      })
    release.close()
  }
}
