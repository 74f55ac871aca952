import { removeKubeconfig } from '../../src/adapters/kubernetes/reach.ts'
import { openRelease } from '../../src/adapters/kubernetes/release.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import { finish } from '../lease/finishing.ts'
import { claimOf } from './claim.ts'
import type { contract } from './contract.ts'
import { removeValues, valuesFolder } from './values-files.ts'

/** After main was cancelled or killed in mid-rollout: no pending release, no unproven revision, no stray pod or file. */
export const post = async (
  state: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
  open: typeof openRelease = openRelease,
): Promise<void> => {
  removeValues(valuesFolder(context.temp, inputs.release))
  removeKubeconfig(inputs, context.temp)
  if (!state.rollout && !state.trial) return
  const release = await open(inputs, context)
  try {
    if (state.rollout)
      await finish(release, claimOf(inputs, context, 0), JSON.parse(state.rollout) as Underway)
    if (state.trial) await release.endTrials(state.trial)
  } finally {
    release.close()
  }
}
