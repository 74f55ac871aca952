import { removeKubeconfig } from '../../src/adapters/kubernetes/reach.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import { type Adapters, real } from '../promote/adapters.ts'
import { giveBack } from '../promote/proving.ts'
import type { contract } from './contract.ts'

/** After main was killed while it looked at the cluster: no stray kubeconfig, and no release that nobody else may touch. */
export const post = async (
  state: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Pick<Adapters, 'openRelease'> = real,
): Promise<void> => {
  removeKubeconfig(inputs, context.temp)
  await giveBack(state.held, { action: 'demote', inputs, context, adapters })
}
