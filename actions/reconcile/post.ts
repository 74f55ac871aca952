import { removeKubeconfig } from '../../src/adapters/kubernetes/reach.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** After main was killed while it looked at the cluster: no stray kubeconfig. Its lease is known to be dead. */
export const post = async (
  _state: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
): Promise<void> => removeKubeconfig(inputs, context.temp)
