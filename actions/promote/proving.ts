import type { ReleaseInputs } from '../../src/adapters/kubernetes/release.ts'
import { type Claim as Claimed, type Proof, proofFrom } from '../../src/domain/promotion.ts'
import type { Context } from '../../src/runtime/context.ts'
import { holding } from '../lease/holding.ts'
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
  adapters: Adapters
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
  const { release: name, 'model-name': model, timeout } = inputs
  if (inputs.proof === 'none' || name === undefined) return work({ version: version ?? '', words: 'none' })
  const release = await adapters.openRelease({ ...inputs, release: name }, context)
  try {
    // Its own work takes seconds; what a dead job had begun may take a rollback to put right.
    const claim = { action, context, githubToken: inputs['github-token'], timeout, budget: timeout }
    return await holding(release, claim, async () =>
      work(proofFrom(await release.live(), { model, version, release: name, adopt })),
    )
  } finally {
    release.close()
  }
}
