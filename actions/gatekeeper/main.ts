import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { judge, overridden } from '../../src/domain/verdict.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import { look } from './evidence.ts'
import { refuseUnexplained } from './force.ts'
import { conclude, ledgerTags } from './outcome.ts'
import { policyFrom } from './policy.ts'
import { record } from './record.ts'
import { recorded } from './recorded.ts'

export interface Adapters {
  mlflow(inputs: Inputs<typeof contract>, context: Context): Mlflow
  now(): Date
}

const real: Adapters = {
  mlflow: (inputs, context) => connectMlflow(mlflowConnection(inputs, context.env, context.cancelled)),
  now: () => new Date(),
}

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  refuseUnexplained(inputs)
  const policy = policyFrom(inputs, context.workspace)
  const mlflow = adapters.mlflow(inputs, context)
  const evidence = await look(mlflow, inputs, policy.metric)

  const before = recorded(evidence)
  if (before) return conclude(inputs, context, { policy, evidence, ...before })

  const judged = judge(evidence.candidate, evidence.champion, policy)
  const force = { actor: context.run.actor, reason: inputs['force-reason'] ?? '' }
  const verdict = inputs.force ? overridden(judged, force) : judged
  const judgedAt = adapters.now().toISOString()
  const tags = ledgerTags({ verdict, policy, evidence, judgedAt, runUrl: context.run.url })
  const version =
    inputs.mode === 'dry-run'
      ? evidence.own[0]?.number
      : await record(mlflow, inputs['model-name'], evidence, verdict, tags)
  return conclude(inputs, context, { policy, evidence, verdict, version, judgedAt })
}

export const gatekeeper = defineAction(contract, (inputs, context) => main(inputs, context))
