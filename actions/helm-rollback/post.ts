import { removeKubeconfig } from '../../src/adapters/kubernetes/reach.ts'
import { openRelease } from '../../src/adapters/kubernetes/release.ts'
import { total } from '../../src/domain/rollout-budget.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import { openMlflow } from '../helm-deploy/registry.ts'
import { claimOf, type Waiting } from '../lease/claim.ts'
import { LONGEST } from '../lease/finishing.ts'
import { holding } from '../lease/holding.ts'
import { Held } from '../lease/taking.ts'
import { budgetOf } from './claim.ts'
import type { contract } from './contract.ts'
import { rollBack } from './rolling-back.ts'

const real = { openRelease, openMlflow }

/** After main was cancelled or killed on its way back: what it had begun is put right, and the rest simply done again. */
export const post = async (
  state: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: typeof real & { waiting?: Waiting } = real,
): Promise<void> => {
  removeKubeconfig(inputs, context.temp)
  if (!state.rollback) return
  const mlflow = adapters.openMlflow(inputs, context)
  const release = await adapters.openRelease(inputs, context)
  // By its number: what is `live` may be another version by now.
  const bad = { 'bad-model-version': state.rollback }
  const hurried = { ...inputs, ...bad, timeout: Math.min(inputs.timeout, LONGEST) }
  const claim = {
    // Of the whole timeout: after it another's helm is taken for dead, however little time there is here.
    ...claimOf('helm-rollback', inputs, context, total(budgetOf(hurried).held)),
    patience: 0,
    wayBack: hurried.timeout,
    registry: () => mlflow,
    waiting: adapters.waiting,
  }
  try {
    const { outputs, failure } = await holding(release, claim, (held) =>
      rollBack({ inputs: hurried, context, release, mlflow, claim, held }),
    )
    if (failure) throw failure
    context.log.warning(`Release ${release.name}: ${outputs.outcome}, ${outputs.reason}`)
  } catch (error) {
    if (!(error instanceof Held)) throw error
    context.log.info(`${release.name} is left to another job: ${error.message}`)
  } finally {
    release.close()
  }
}
