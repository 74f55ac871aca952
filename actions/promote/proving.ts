import { removeKubeconfig } from '../../src/adapters/kubernetes/reach.ts'
import type { ReleaseInputs } from '../../src/adapters/kubernetes/release.ts'
import type { MlflowInputs } from '../../src/adapters/mlflow/address.ts'
import { type Claim as Claimed, type Proof, proofFrom } from '../../src/domain/promotion.ts'
import { total, writingBudget } from '../../src/domain/rollout-budget.ts'
import type { Context } from '../../src/runtime/context.ts'
import { type Claim, claimOf } from '../lease/claim.ts'
import { finish } from '../lease/finishing.ts'
import { holding } from '../lease/holding.ts'
import type { Adapters } from './adapters.ts'

/** What the actions that move the champion know of the release. */
export interface ProvingInputs extends Omit<ReleaseInputs, 'release'>, MlflowInputs {
  proof: 'cluster' | 'none'
  /** Given where the proof is the cluster: the contract sees to it. */
  release?: string | undefined
  'model-name': string
  /** Milliseconds. */
  timeout: number
  'github-token'?: string | undefined
}

/** What is asked of the world; of the registry only what a dead job had not told it. */
export type Reached = Pick<Adapters, 'openRelease'> & Partial<Pick<Adapters, 'mlflow' | 'waiting'>>

/** Who proves what. */
export interface Order extends Pick<Claimed, 'version' | 'adopt'> {
  action: string
  inputs: ProvingInputs
  context: Context
  adapters: Reached
}

/**
 * Runs `work` with the proof of what serves, and lets nobody else touch the release or the registry's word about it until
 * `work` has ended: what is written is what was seen. What serves is read, not believed, whatever an earlier step
 * remembers. Without a release there is nothing to see, and nothing to hold.
 */
export async function proving<T>(
  { action, inputs, context, adapters, version, adopt }: Order,
  work: (proof: Proof) => Promise<T>,
): Promise<T> {
  const { release: name, 'model-name': model } = inputs
  if (inputs.proof === 'none' || name === undefined) return work({ version: version ?? '', words: 'none' })
  const release = await adapters.openRelease({ ...inputs, release: name }, context)
  try {
    context.saveState('held', name)
    const claim = {
      ...claimFor({ action, inputs, context, adapters }),
      free: () => context.saveState('held', ''),
    }
    return await holding(release, claim, async ({ notes }) => {
      for (const note of notes) context.log.warning(note)
      return work(proofFrom(await release.live(), { model, version, release: name, adopt }))
    })
  } finally {
    release.close()
  }
}

/**
 * For post steps, after main was killed while it looked at the cluster: no stray kubeconfig, and no release that nobody
 * else may touch, nor what main was about to put right in it. Another job that holds it by now keeps it.
 * @throws UserError where a person must see to it
 */
export async function giveBack(
  held: string | undefined,
  { action, inputs, context, adapters }: Omit<Order, 'version' | 'adopt'>,
): Promise<void> {
  removeKubeconfig(inputs, context.temp)
  if (!held) return
  const release = await adapters.openRelease({ ...inputs, release: held }, context)
  try {
    await finish(release, claimFor({ action, inputs, context, adapters }), undefined)
  } finally {
    release.close()
  }
}

function claimFor({ action, inputs, context, adapters }: Omit<Order, 'version' | 'adopt'>): Claim {
  const registry = () => adapters.mlflow?.(inputs, context)
  return {
    ...claimOf(action, inputs, context, total(writingBudget())),
    registry,
    waiting: adapters.waiting,
  }
}
