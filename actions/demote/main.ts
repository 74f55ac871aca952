import { mirrorStages } from '../../src/adapters/mlflow/stages.ts'
import { UserError } from '../../src/domain/failure.ts'
import { oneLine } from '../../src/domain/one-line.ts'
import type { Proof } from '../../src/domain/promotion.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { plain, table } from '../../src/runtime/markdown.ts'
import { type Adapters, real } from '../promote/adapters.ts'
import { proving } from '../promote/proving.ts'
import { contract } from './contract.ts'
import { post } from './post.ts'
import { readRegistry } from './registry.ts'
import { type Restoration, restoreChampion } from './write.ts'

type DemoteInputs = Inputs<typeof contract>

export const main = (
  inputs: DemoteInputs,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  const version = inputs['restored-version']
  // What was gone back to may be of somebody else's making, and name no version in its values.
  return proving({ action: 'demote', inputs, context, adapters, version, adopt: true }, (proof) =>
    demoted(inputs, context, adapters, proof),
  )
}

async function demoted(
  inputs: DemoteInputs,
  context: Context,
  adapters: Adapters,
  proof: Proof,
): Promise<Outcome<typeof contract>> {
  const { 'model-name': model, 'model-version': bad, 'champion-alias': alias } = inputs
  if (proof.refused !== undefined)
    throw new UserError(
      `Nothing was demoted: ${proof.refused}. Roll back first (helm-rollback), then run this again.`,
    )
  if (proof.version === bad)
    throw new UserError(
      `Nothing was demoted: version ${bad} still serves (${proof.words}). Roll back first (helm-rollback), then run this again.`,
    )
  const mlflow = adapters.mlflow(inputs, context)
  const registered = await readRegistry(mlflow, inputs, proof.version)
  const occasion = { run: context.run, now: adapters.now().toISOString(), proof: proof.words }
  const restored = await restoreChampion(mlflow, inputs, registered, occasion)
  const lag = inputs['mirror-stages']
    ? await mirrorStages(mlflow, { model, alias, retired: [bad] })
    : undefined
  if (lag !== undefined) context.log.warning(lag)
  return conclude(inputs, proof, { ...restored, lag })
}

function conclude(
  inputs: DemoteInputs,
  proof: Extract<Proof, { version: string }>,
  { previous, quarantined, changed, lag }: Restoration & { lag: string | undefined },
): Outcome<typeof contract> {
  const { 'model-name': model, 'model-version': bad } = inputs
  const rows = [
    [inputs['champion-alias'], `version ${proof.version}`],
    [inputs['previous-alias'], previous === 'none' ? 'none' : `version ${previous}`],
    ['taken back', `version ${bad}`],
    ['in quarantine', quarantined ? 'yes, with every version of the same files' : 'no'],
    ['why', oneLine(inputs.reason)],
    ['proof', proof.words],
    ...(inputs['mirror-stages'] ? [['stages', lag ?? 'say the same']] : []),
  ].map((row) => row.map((cell) => plain(cell, 600)))
  return {
    outputs: {
      'champion-version': proof.version,
      'previous-version': previous,
      'quarantined-version': quarantined ? bad : '',
      changed: changed ? 'true' : 'false',
    },
    summary: `### ${plain(model)}: version ${proof.version} is the champion ${changed ? 'again' : 'already'}\n\n${table(['', ''], rows)}\n`,
  }
}

export const demote = defineAction(contract, (inputs, context) => main(inputs, context), post)
