import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { Fault } from '../../src/domain/failure.ts'
import type { Judgement } from '../../src/domain/gate/judgements.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { Decision } from './decision.ts'
import { conclude } from './outcome.ts'
import { writeDown } from './write-down.ts'

/**
 * Writes the decision down, and tells it. Where MLflow does not take it, the decision is told all the same, but the step
 * is red, and nothing may be deployed that the ledger does not know.
 */
export async function written(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  context: Context,
  decision: Decision,
  refused: readonly Judgement[],
): Promise<Outcome<typeof contract>> {
  try {
    return conclude(inputs, context, decision, await writeDown(mlflow, context, decision, refused))
  } catch (failure) {
    if (!(failure instanceof Fault)) throw failure
    const { outputs, summary = '' } = conclude(inputs, context, decision, decision.seen.own[0]?.number)
    return { outputs: { ...outputs, promote: 'false' }, summary, failure }
  }
}
