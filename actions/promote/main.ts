import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { mirrorStages } from '../../src/adapters/mlflow/stages.ts'
import type { Proof } from '../../src/domain/promotion.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { type Adapters, real } from './adapters.ts'
import { contract } from './contract.ts'
import { conclude, notLive, notProven, refused } from './outcome.ts'
import { post } from './post.ts'
import { proving } from './proving.ts'
import { refusalOf } from './refusal.ts'
import { readRegistry } from './registry.ts'
import { cleared, moveChampion } from './write.ts'

type PromoteInputs = Inputs<typeof contract>

export const main = (
  inputs: PromoteInputs,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  const { 'model-version': version, adopt } = inputs
  return proving({ action: 'promote', inputs, context, adapters, version, adopt }, (proof) =>
    promoted(inputs, context, adapters, proof),
  )
}

async function promoted(
  inputs: PromoteInputs,
  context: Context,
  adapters: Adapters,
  proof: Proof,
): Promise<Outcome<typeof contract>> {
  const number = inputs['model-version'] ?? proof.version
  if (number === undefined) throw notProven(proof.refused ?? 'no version is live')

  const mlflow = adapters.mlflow(inputs, context)
  const occasion = { run: context.run, now: adapters.now().toISOString() }
  const registered = await cleared(mlflow, inputs, await readRegistry(mlflow, inputs, number), occasion)
  if (proof.refused !== undefined) return notLive(inputs, registered, proof.refused)

  const refusal = await refusalOf(mlflow, inputs, registered)
  if (refusal) return refused(inputs, registered, refusal)
  const move = await moveChampion(mlflow, inputs, registered, { ...occasion, proof: proof.words })
  context.log.info(
    `version ${number} is ${move.changed ? 'the champion now' : 'champion already'} (proof: ${proof.words})`,
  )
  const lag = await mirrored(mlflow, inputs, move.previous)
  if (lag !== undefined) context.log.warning(lag)
  return conclude(inputs, number, { ...move, proof: proof.words, lag })
}

/** Why MLflow's stages may not say what the alias says; undefined where they do, or are not asked for. */
async function mirrored(mlflow: Mlflow, inputs: PromoteInputs, retired: string): Promise<string | undefined> {
  if (!inputs['mirror-stages']) return undefined
  const { 'model-name': model, 'champion-alias': alias } = inputs
  return mirrorStages(mlflow, { model, alias, retired: [retired] })
}

export const promote = defineAction(contract, (inputs, context) => main(inputs, context), post)
