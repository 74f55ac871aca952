import { removeKubeconfig } from '../../src/adapters/kubernetes/reach.ts'
import { openRelease } from '../../src/adapters/kubernetes/release.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import { claimOf } from '../lease/claim.ts'
import { finish } from '../lease/finishing.ts'
import type { contract } from './contract.ts'
import { openMlflow } from './registry.ts'
import { removeValues, valuesFolder } from './values-files.ts'

/** After main was cancelled or killed in mid-rollout: no pending release, no unproven revision, no stray pod or file. */
export const post = async (
  state: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
  open: typeof openRelease = openRelease,
  registry: typeof openMlflow = openMlflow,
): Promise<void> => {
  removeValues(valuesFolder(context.temp, inputs.release))
  removeKubeconfig(inputs, context.temp)
  if (!state.rollout && !state.held && !state.trial) return
  const release = await open(inputs, context)
  const trial = state.trial
  try {
    if (state.rollout || state.held)
      await finish(
        release,
        { ...claimOf('helm-deploy', inputs, context, 0), registry: () => registry(inputs, context) },
        state.rollout ? (JSON.parse(state.rollout) as Underway) : undefined,
      )
  } finally {
    // Of the two, what became of the release is what must be told.
    if (trial)
      await release.endTrials(trial).catch((error: unknown) => {
        context.log.warning(`The pod that was tried out may be there still: ${error}`)
      })
    release.close()
  }
}
