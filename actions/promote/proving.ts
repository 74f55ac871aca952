import type { ReleaseInputs } from '../../src/adapters/kubernetes/release.ts'
import { type Claim as Claimed, type Proof, proofFrom } from '../../src/domain/promotion.ts'
import { rollbackBudget, total } from '../../src/domain/rollout-budget.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Claim } from '../lease/claim.ts'
import { holding } from '../lease/holding.ts'
import { Held } from '../lease/taking.ts'
import type { Adapters } from './adapters.ts'

/** What the actions that move the champion know of the release. */
export interface ProvingInputs extends Omit<ReleaseInputs, 'release'> {
  proof: 'cluster' | 'none'
  /** Given where the proof is the cluster: the contract sees to it. */
  release?: string | undefined
  'model-name': string
  /** Milliseconds. */
  timeout: number
  'github-token'?: string | undefined
}

/** Who proves what. */
export interface Order extends Pick<Claimed, 'version' | 'adopt'> {
  action: string
  inputs: ProvingInputs
  context: Context
  adapters: Pick<Adapters, 'openRelease'>
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
    return await holding(release, claimOf(action, inputs, context), async ({ notes }) => {
      for (const note of notes) context.log.warning(note)
      return work(proofFrom(await release.live(), { model, version, release: name, adopt }))
    })
  } finally {
    context.saveState('held', '')
    release.close()
  }
}

/** For post steps: gives a release back that main held when it was killed. Another job that holds it by now keeps it. */
export async function giveBack(
  held: string | undefined,
  { action, inputs, context, adapters }: Omit<Order, 'version' | 'adopt'>,
): Promise<void> {
  if (!held) return
  const release = await adapters.openRelease({ ...inputs, release: held }, context)
  const hurried = { ...claimOf(action, inputs, context), timeout: 0 }
  try {
    await holding(release, hurried, async () => {})
  } catch (error) {
    if (!(error instanceof Held)) throw error
  } finally {
    release.close()
  }
}

/** Its own work takes seconds; what a dead job had begun may take a way back to put right. */
function claimOf(action: string, inputs: ProvingInputs, context: Context): Claim {
  const { timeout, 'github-token': githubToken } = inputs
  return { action, context, githubToken, timeout, budget: total(rollbackBudget(timeout)) }
}
