import { openRelease } from '../../src/adapters/kubernetes/release.ts'
import { oneLine } from '../../src/domain/one-line.ts'
import { announcement, total } from '../../src/domain/rollout-budget.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { openMlflow } from '../helm-deploy/registry.ts'
import { errorOf } from '../helm-deploy/rolling.ts'
import { claimOf, type Waiting } from '../lease/claim.ts'
import { holding } from '../lease/holding.ts'
import { HalfRighted } from '../lease/putting-right.ts'
import { budgetOf } from './claim.ts'
import { contract } from './contract.ts'
import { post } from './post.ts'
import { rollBack } from './rolling-back.ts'

const real = { openRelease, openMlflow }
export type Adapters = typeof real & { waiting?: Waiting }

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  try {
    return await opened(inputs, context, adapters)
  } catch (error) {
    // Whatever was begun ends with an outcome of its own: what is thrown comes from before.
    const failure = errorOf(error)
    const outcome = error instanceof HalfRighted ? 'rollback-failed' : 'refused'
    return { outputs: { outcome, reason: oneLine(failure.message) }, failure }
  }
}

async function opened(
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters,
): Promise<Outcome<typeof contract>> {
  const release = await adapters.openRelease(inputs, context)
  try {
    const mlflow = adapters.openMlflow(inputs, context)
    await release.checkRights()
    const budget = budgetOf(inputs)
    context.log.info(`${release.name}: this takes ${announcement(budget.all)}`)
    const claim = {
      ...claimOf('helm-rollback', inputs, context, total(budget.held)),
      registry: () => mlflow,
      waiting: adapters.waiting,
    }
    // Decided is only what is read while nobody else may touch the release.
    return await holding(release, claim, (held) =>
      rollBack({ inputs, context, release, mlflow, claim, held }),
    )
  } finally {
    release.close()
  }
}

export const helmRollback = defineAction(contract, (inputs, context) => main(inputs, context), post)
